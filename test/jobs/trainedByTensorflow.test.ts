import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import type { JobContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { openRecorder } from '../../core/jobs/recording/recorder.ts'
import { resumeRun } from '../../core/jobs/resume.ts'
import { trainRun } from '../../core/jobs/train.ts'
import type { TrainResult } from '../../core/jobs/training/runTraining.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'
import { whyUnusable } from '../say.ts'

vi.setConfig({ testTimeout: 120_000 })

const studio = smallStudio()
const [tensorflow] = (await tensorflowEngine.devices()).filter(({ id }) => id === 'cpu')
const here = tensorflow?.usable === true
/** Processors without bf16 train in fp32 alone. */
const precision = tensorflow?.precisions.at(-1) ?? 'fp32'
const why = here ? '' : ` (skipped: ${whyUnusable(tensorflow)})`
if (!here && process.env['CI']) throw new Error(`CI may not skip TensorFlow: ${whyUnusable(tensorflow)}`)

const said: JobEvent[] = []
beforeEach(() => void said.splice(0))
afterEach(() => vi.unstubAllEnvs())

const execution = { engine: 'tensorflow', device: 'cpu', precision, threads: 1, decodeThreads: 1 }
const network = { ...tinyRecipe.network, dropout: 0 }

function contextWith(more: Partial<JobContext> = {}): JobContext {
  const emit = openRecorder(studio.context, (event) => void said.push(event))
  return { ...studio.context, emit, ...more }
}

async function train(recipe: object, context = contextWith()): Promise<TrainResult> {
  return trainRun(context, { dataset: studio.folder, recipe: { ...tinyRecipe, network, ...recipe } })
}
const losses = (): readonly number[] =>
  said.flatMap((event) => (event.event === 'epoch' ? [event.trainingLoss] : []))

describe.skipIf(!here)(`a run that TensorFlow trains${why}`, () => {
  let trained: TrainResult

  it('keeps with its recipe where it computed: repeated, it gives the same losses', async () => {
    trained = await train({ execution })
    const first = losses()
    said.splice(0)
    const recipe = parseRecipe(studio.context.registry.runs.get(trained.run).recipe)
    expect(recipe.execution).toMatchObject({ engine: 'tensorflow', precision })
    await trainRun(contextWith(), { dataset: studio.folder, recipe })
    expect(said.map(({ event }) => event)).not.toContain('chosen')
    expect(losses()).toEqual(first)
  })

  it.skipIf(precision !== 'bf16')(
    `is evaluated in bf16 where that is asked for, and what that changed is kept${precision === 'bf16' ? '' : ' (skipped: this processor has no bf16)'}`,
    async () => {
      for (const views of ['center', 'both'] as const) {
        const asked = { run: trained.run, split: 'train', views } as const
        const { evaluation } = await evaluateRun(contextWith(), {
          ...asked,
          engine: 'tensorflow',
          precision: 'bf16',
        })
        const { result } = studio.context.registry.evaluations.get(evaluation)
        expect(result.execution).toMatchObject({ engine: 'tensorflow', device: 'cpu', precision: 'bf16' })
        const { reference, images, same, largestDifference } = result.agreement!
        expect(reference).toMatchObject({ engine: 'onnxruntime', precision: 'fp32' })
        expect(images).toBe(result.images)
        expect(same).toBeGreaterThan(0.9 * images)
        // It is another precision, and the same network.
        expect(largestDifference).toBeGreaterThan(0)
        expect(largestDifference).toBeLessThan(0.05)
        // Beside an evaluation by the reference with the same protocol it says the same.
        await evaluateRun(contextWith(), { ...asked, engine: 'onnxruntime', precision: 'fp32' })
        const again = await evaluateRun(contextWith(), { ...asked, engine: 'tensorflow', precision: 'bf16' })
        expect(again.agreement).toEqual(result.agreement)
      }
    },
  )

  it('is evaluated there too, in the numbers of the deployed model', async () => {
    const context = contextWith()
    const evaluated = await evaluateRun(context, { run: trained.run, split: 'validation' })
    expect(evaluated.execution).toMatchObject({ engine: 'tensorflow', device: 'cpu', precision: 'fp32' })
    // What training said of its best epoch is the same number.
    expect(evaluated.top1Error).toBeCloseTo(trained.validation!.top1Error, 6)
    const exported = await exportRun(context, { run: trained.run, format: 'onnx' })
    expect(exported.execution).toMatchObject({ engine: 'tensorflow', precision: 'fp32' })
  })

  it('needs TensorFlow to resume; what is done can still be looked at', async () => {
    const stop = new AbortController()
    const recorder = openRecorder(studio.context, ({ event }) => {
      if (event === 'epoch') stop.abort()
    })
    const optimization = { ...tinyRecipe.optimization, epochs: 50 }
    const stopped = await train(
      { execution, optimization },
      contextWith({ emit: recorder, signal: stop.signal }),
    )
    expect(stopped.status).toBe('stopped')
    vi.stubEnv('VGG_STUDIO_TENSORFLOW', '/nowhere')
    await expect(resumeRun(contextWith(), { run: stopped.run })).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringContaining('TensorFlow'),
      hint: expect.stringContaining('vgg-studio engines install tensorflow'),
    })
    const evaluated = await evaluateRun(contextWith(), { run: stopped.run, split: 'test' })
    expect(evaluated.execution).toMatchObject({ engine: 'onnxruntime', device: 'cpu', precision: 'fp32' })
  })
})

it('a device that is not here is refused at once, before there is a run', async () => {
  const count = (): number => studio.context.registry.runs.list().length
  const before = count()
  const refused = train({ execution: { device: 'abacus' } })
  await expect(refused).rejects.toMatchObject({ code: 'unknown-device' })
  expect(count()).toBe(before)
})

it('where nothing is left to choose, nothing is tried', async () => {
  await train({})
  expect(said.map(({ event }) => event)).not.toContain('chosen')
  const started = said.find(({ event }) => event === 'started')
  expect(started).toMatchObject({ engine: 'onnxruntime', device: 'cpu', precision: 'fp32' })
})
