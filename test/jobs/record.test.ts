import { beforeAll, expect, test } from 'vitest'
import { importDataset } from '../../core/jobs/import.ts'
import { recordEvents } from '../../core/jobs/record.ts'
import { showRun } from '../../core/queries/show.ts'
import type { Halved, Started } from '../../core/training/events.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

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
})

const halved = (microBatch: number, step: number): Halved => ({
  event: 'warning',
  code: 'micro-batch-halved',
  microBatch,
  step,
  message: 'Memory ran out.',
  hint: 'Nothing is lost.',
})

/** What is recorded of a new run, the micro-batches: in its recipe, now, and at first where they differ. */
function recorded(...events: readonly (Started | Halved)[]): readonly unknown[] {
  const { context } = studio
  const recipe = parseRecipe(tinyRecipe)
  const { id } = context.registry.runs.create({ suggestion: 'tiny', dataset: 'd1', recipe })
  const recorder = recordEvents(context, id)
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

test('A run that goes on keeps its recipe, from before the change as from after it', () => {
  expect(recorded(started(12), halved(6, 5), started(6, 8))).toEqual([12, 6, 12])
  expect(recorded(started(12), halved(6, 5), started(12, 4))).toEqual([12, 12, null])
})
