import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openJournal, readSteps } from '../../../core/jobs/recording/journal.ts'
import { readLog } from '../../../core/jobs/recording/runLog.ts'
import type { LiveTrainingEvent } from '../../../core/jobs/recording/events.ts'
import type { Started } from '../../../core/training/events.ts'
import { say } from '../../say.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Step = Extract<LiveTrainingEvent, { event: 'step' }>

const step = (number: number, loss = 1 / number): Step => ({
  event: 'step',
  step: number,
  epoch: 2,
  epochs: 3,
  phase: 'training',
  imagesDone: 25,
  images: 100,
  imagesPerSecond: number === 1 ? null : 50,
  dataWait: 0.5,
  secondsLeft: null,
  loss,
  error: 0.25,
  learningRate: 0.125,
  memory: { process: number * 2 ** 20, device: number === 1 ? null : 2 ** 30 },
})

const started = (position: number): Started => ({
  event: 'started',
  engine: 'onnxruntime',
  device: 'cpu',
  precision: 'fp32',
  threads: { engine: 2, decode: 1 },
  batchSize: 32,
  microBatch: 16,
  images: { training: 100, validation: 10 },
  epochs: 3,
  position: { epoch: 1, step: position },
  secondsLeft: null,
})

test('a run without a journal has an empty curve and log', async () => {
  const folder = newFolder()
  expect((await readSteps(folder)).step).toHaveLength(0)
  expect(await readLog(folder)).toEqual([])
})

test('steps come back as columns, as they were told', async () => {
  const folder = newFolder()
  const journal = openJournal(folder)
  for (const number of [1, 2, 2 ** 33]) journal.record(step(number, 0.5))
  const { step: steps, epoch, loss, error, learningRate, ...rest } = await readSteps(folder)
  const { imagesPerSecond, dataWait, memory, deviceMemory } = rest
  expect([...steps]).toEqual([1, 2, 2 ** 33])
  expect([epoch[0], loss[0], error[0], learningRate[0], dataWait[0]]).toEqual([1.25, 0.5, 0.25, 0.125, 0.5])
  expect([...imagesPerSecond]).toEqual([NaN, 50, 50])
  expect([...memory]).toEqual([2 ** 20, 2 ** 21, 2 ** 53])
  expect([...deviceMemory]).toEqual([NaN, 2 ** 30, 2 ** 30])
})

test('a resumed run loses the steps after its checkpoint, and what a crash left of a record', async () => {
  const folder = newFolder()
  const journal = openJournal(folder)
  for (let number = 1; number <= 10; number++) journal.record(step(number))
  appendFileSync(join(folder, 'steps.bin'), 'half a record')
  expect((await readSteps(folder)).step).toHaveLength(10)
  const again = openJournal(folder)
  again.record(started(7))
  again.record(step(8, 42))
  const { step: steps, loss } = await readSteps(folder)
  expect([...steps]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(loss[7]).toBe(42)
  expect(statSync(join(folder, 'steps.bin')).size % 8).toBe(0)
})

test('the log tells a person what happened, and survives a line that was cut off', async () => {
  const folder = newFolder()
  const journal = openJournal(folder)
  journal.record(started(0))
  const values = { step: 60, loss: 2.3, chance: 2.303, advice: [{ what: 'flips' }] } as const
  journal.record({ event: 'warning', code: 'stuck-at-chance', values })
  journal.record({ event: 'paused' })
  appendFileSync(join(folder, 'log.jsonl'), '{"time":"2026')
  const lines = await readLog(folder)
  expect(lines.map(({ level, code }) => [level, code])).toEqual([
    ['info', 'started'],
    ['warning', 'stuck-at-chance'],
    ['info', 'paused'],
  ])
  expect(say(lines[0]!)).toContain('batches of 32 in parts of 16')
  expect(say(lines[1]!)).toMatch(/ guessing \(2\.303\)\. Try flips /)
})

test('a journal that can’t be written to ends no training', () => {
  const folder = join(newFolder(), 'file')
  appendFileSync(folder, '')
  expect(() => openJournal(join(folder, 'inside')).record(step(1))).not.toThrow()
})
