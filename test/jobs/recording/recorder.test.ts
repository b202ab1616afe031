import { beforeAll, expect, test } from 'vitest'
import { importDataset } from '../../../core/jobs/import.ts'
import { runFolder } from '../../../core/jobs/context/home.ts'
import { readSteps } from '../../../core/jobs/recording/journal.ts'
import { openRecorder } from '../../../core/jobs/recording/recorder.ts'
import { watchTraining } from '../../../core/jobs/recording/watchTraining.ts'
import { showRun } from '../../../core/queries/show.ts'
import type { Started, Step, Warning } from '../../../core/training/events.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { openReporter } from '../../../core/training/run.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

const studio = smallStudio()
beforeAll(() => importDataset(studio.context, { source: studio.folder }))

const started = (microBatch: number, step = 0): Started => ({
  event: 'started',
  engine: 'onnxruntime',
  device: 'cpu',
  precision: 'fp32',
  threads: { engine: 2, decode: 1 },
  batchSize: 12,
  microBatch,
  images: { training: 36, validation: 18 },
  epochs: 1,
  position: { epoch: 0, step },
  secondsLeft: null,
})

const halved = (microBatch: number, step: number): Warning => ({
  event: 'warning',
  code: 'micro-batch-halved',
  microBatch,
  step,
  values: { before: 2 * microBatch, microBatch, step },
})

/** What is recorded of a new run, the micro-batches: in its recipe, now, and at first where they differ. */
function recorded(...events: readonly (Started | Warning)[]): readonly unknown[] {
  const { context } = studio
  const recipe = parseRecipe(tinyRecipe)
  const { id } = context.registry.runs.create({ suggestion: 'tiny', dataset: 'd1', recipe })
  const recorder = watchTraining(context, id)
  for (const event of events) recorder.emit(event)
  recorder.close()
  const shown = showRun(context, { run: id })
  const { microBatch } = (shown.recipe as ReturnType<typeof parseRecipe>).optimization
  return [microBatch, shown.execution?.microBatch, shown.firstMicroBatch]
}

test('A run’s recipe says the micro-batch that it begins with', () => {
  expect(recorded()).toEqual(['auto', undefined, null])
  expect(recorded(started(6))).toEqual([6, 6, null])
})

test('Where memory runs out before the first update, the recipe follows', () => {
  expect(recorded(started(12), halved(6, 0), halved(3, 0))).toEqual([3, 3, null])
})

test('Where memory runs out later, the recipe stays, and the record says both', () => {
  expect(recorded(started(12), halved(6, 0), halved(3, 5))).toEqual([6, 3, 6])
})

test('A resumed run keeps its recipe, from before the change as from after it', () => {
  expect(recorded(started(12), halved(6, 5), started(6, 8))).toEqual([12, 6, 12])
  expect(recorded(started(12), halved(6, 5), started(12, 4))).toEqual([12, 12, null])
})

test('The journal keeps every update, of which those who watch are told some', async () => {
  const { context } = studio
  const told: unknown[] = []
  const { id } = context.registry.runs.create({ suggestion: 'quick', dataset: 'd1', recipe: {} })
  const emit = openRecorder(context, (event) => told.push(event))
  const recorder = watchTraining({ emit, home: context.home }, id)
  // As training makes them: one after the other, faster than anybody can look.
  const report = openReporter(recorder.emit, 250)
  const losses = Array.from({ length: 40 }, (_, index) => (index === 17 ? 99 : 1))
  losses.forEach((loss, index) => report.step(stepOf(index + 1, loss)))
  recorder.close()
  const { step, loss } = await readSteps(runFolder(context.home, id))
  expect([...step]).toEqual(losses.map((_, index) => index + 1))
  expect([...loss]).toEqual(losses)
  expect(told.length).toBeLessThan(losses.length)
})

const stepOf = (step: number, loss: number): Step => ({
  event: 'step',
  ...{ epoch: 1, epochs: 1, phase: 'training', imagesDone: step, images: 40 },
  ...{ imagesPerSecond: 9, dataWait: 0, secondsLeft: 1, step, loss, error: 0.5, learningRate: 0.1 },
})
