import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { classes, copySample, openStudio, remove, tinyAnywhere, type Ended } from './studio.ts'
import type { Reason } from '../../core/messages/types.ts'
import { say, whyUnusable } from '../say.ts'

vi.setConfig({ testTimeout: 180_000 })

const source = copySample(8, 4, classes.slice(0, 3))
const studio = openStudio()
afterAll(() => remove(studio.home, source))

const [tensorflow] = (await tensorflowEngine.devices()).filter(({ id }) => id === 'cpu')
const here = tensorflow?.usable === true
const withTensorflow = it.skipIf(!here)
const why = here ? '' : ` (skipped: ${whyUnusable(tensorflow)})`

interface Event {
  readonly event: string
  readonly phase?: string
  readonly detail?: string
  readonly [key: string]: unknown
}
const events = (ended: Ended): readonly Event[] => ended.lines as unknown as readonly Event[]
const tried = (ended: Ended): readonly (string | undefined)[] =>
  events(ended).flatMap(({ phase, detail }) => (phase === 'calibrate' ? [detail] : []))
const started = (ended: Ended): Event => events(ended).find(({ event }) => event === 'started')!
const train = (...more: readonly string[]): Promise<Ended> =>
  studio.run('train', source, ...tinyAnywhere, '--epochs', '1', '--json', ...more)

describe('where a run computes', () => {
  withTensorflow(`is tried out the first time, explained, and recorded${why}`, async () => {
    const first = await train()
    expect(first.code, first.stderr).toBe(0)
    expect(tried(first)).toEqual(
      expect.arrayContaining(['ONNX Runtime CPU', expect.stringMatching(/^TensorFlow CPU/)]),
    )
    const chosen = events(first).find(({ event }) => event === 'chosen')!
    expect(chosen['explanation']).toMatch(/^(TensorFlow|ONNX Runtime) CPU.*, \d+(\.\d)?× .* here$/)
    const place = { engine: chosen['engine'], device: chosen['device'], precision: chosen['precision'] }
    expect(started(first)).toMatchObject(place)

    const shown = (await studio.run('show', 'last', '--json')).json
    expect(shown['execution']).toMatchObject({ ...place, microBatch: 16, explanation: chosen['explanation'] })
    expect(shown['recipe']).toMatchObject({
      execution: { ...place, threads: (shown['execution'] as { threads: number }).threads },
      optimization: { microBatch: 16 },
    })
    expect((await studio.run('show', 'last')).stdout).toContain(chosen['explanation'])
    const log = readFileSync(join(studio.home, 'runs', 'r1', 'log.jsonl'), 'utf8')
    const [line] = log.split('\n')
    expect(say(JSON.parse(line!) as Reason)).toContain(chosen['explanation'])
  })

  withTensorflow(`is known the second time${why}`, async () => {
    const second = await train()
    expect(tried(second)).toEqual([])
    expect(events(second).map(({ event }) => event)).toContain('chosen')
    expect(started(second)).toMatchObject({ engine: started(second)['engine'] })
  })
})
