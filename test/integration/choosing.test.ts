import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { classes, copySample, openStudio, remove, tinyAnywhere, type Ended } from './studio.ts'

vi.setConfig({ testTimeout: 180_000 })

const source = copySample(8, 4, classes.slice(0, 3))
const studio = openStudio()
afterAll(() => remove(studio.home, source))

const [tensorflow] = (await tensorflowEngine.devices()).filter(({ id }) => id === 'cpu')
const here = tensorflow?.usable === true
const withTensorflow = it.skipIf(!here)
/** Processors without bf16 train in fp32 alone. */
const precision = tensorflow?.precisions.at(-1) ?? 'fp32'
const why = here ? '' : ` (skipped: ${tensorflow?.reason})`

interface Event {
  readonly event: string
  readonly phase?: string
  readonly detail?: string
  readonly [key: string]: unknown
}
const events = (ended: Ended): readonly Event[] => ended.lines as unknown as readonly Event[]
const tried = (ended: Ended): readonly (string | undefined)[] =>
  events(ended).flatMap(({ phase, detail }) => (phase === 'calibrate' ? [detail] : []))
const losses = (ended: Ended): readonly unknown[] =>
  events(ended).flatMap(({ event, trainingLoss }) => (event === 'epoch' ? [trainingLoss] : []))
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
    expect(log).toContain(chosen['explanation'])
  })

  withTensorflow(`is known the second time${why}`, async () => {
    const second = await train()
    expect(tried(second)).toEqual([])
    expect(events(second).map(({ event }) => event)).toContain('chosen')
    expect(started(second)).toMatchObject({ engine: started(second)['engine'] })
  })

  withTensorflow(`stays with the recipe: repeated, it gives the same losses${why}`, async () => {
    const first = await train('--engine', 'tensorflow', '--precision', precision)
    expect(first.code, first.stderr).toBe(0)
    const { execution } = (await studio.run('show', 'last', '--json')).json['recipe'] as {
      execution: Record<string, unknown>
    }
    expect(execution).toMatchObject({ engine: 'tensorflow', precision })
    const settings = Object.entries(execution)
      .filter(([, value]) => value !== null)
      .flatMap(([key, value]) => ['--set', `execution.${key}=${String(value)}`])
    const again = await train(...settings, '--set', 'optimization.microBatch=16')
    expect(tried(again)).toEqual([])
    expect(losses(again)).toEqual(losses(first))
  })

  withTensorflow(`is among what was asked for${why}`, async () => {
    const narrowed = await train('--engine', 'onnxruntime', '--device', 'cpu')
    expect(tried(narrowed)).toEqual([])
    expect(events(narrowed).map(({ event }) => event)).not.toContain('chosen')
    expect(started(narrowed)).toMatchObject({ engine: 'onnxruntime', device: 'cpu', precision: 'fp32' })
  })

  withTensorflow(
    `is where its evaluation computes too, in the numbers of the deployed model${why}`,
    async () => {
      const trained = await train('--engine', 'tensorflow', '--precision', precision)
      const run = trained.json['run'] as string
      const evaluated = (await studio.run('evaluate', run, '--split', 'validation', '--json')).json
      expect(evaluated['execution']).toMatchObject({ engine: 'tensorflow', device: 'cpu', precision: 'fp32' })
      // What training said of its best epoch is the same number.
      const { validation } = trained.json as { validation: { top1Error: number } }
      expect(evaluated['top1Error']).toBeCloseTo(validation.top1Error, 6)
      expect((await studio.run('export', run, '--json')).json['execution']).toMatchObject({
        engine: 'tensorflow',
        precision: 'fp32',
      })
    },
  )

  withTensorflow(`has to be here to go on; what is done can still be looked at${why}`, async () => {
    const args = ['train', source, ...tinyAnywhere, '--epochs', '500', '--engine', 'tensorflow', '--json']
    const { child, ended } = studio.start(...args)
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (chunk: Buffer) => chunk.toString().includes('"event":"epoch"') && resolve())
    })
    child.kill('SIGINT')
    const run = (await ended).json['run'] as string
    const without = openStudio(studio.home, { VGG_STUDIO_TENSORFLOW: '/nowhere' })
    const resumed = await without.run('resume', run, '--json')
    expect(resumed.json['error']).toMatchObject({
      code: 'engine-missing',
      message: expect.stringContaining('TensorFlow'),
      hint: expect.stringContaining('vgg-studio engines install tensorflow'),
    })
    const evaluated = (await without.run('evaluate', run, '--json')).json
    expect(evaluated['execution']).toMatchObject({ engine: 'onnxruntime', device: 'cpu', precision: 'fp32' })
  })

  it('is refused at once where it is not here, before there is a run', async () => {
    const count = async (): Promise<number> =>
      ((await studio.run('runs', '--json')).json['runs'] as unknown[]).length
    const before = await count()
    const { code, json } = await train('--device', 'abacus')
    expect(code).toBe(1)
    expect(json['error']).toMatchObject({ code: 'unknown-device' })
    expect(await count()).toBe(before)
  })
})
