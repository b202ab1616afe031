import { expect, test } from 'vitest'
import { seenSpeeds, type Shown } from '../../../core/jobs/training/seenSpeeds.ts'
import { typicalOverhead } from '../../../core/training/duration.ts'
import type { EpochRecord, Started } from '../../../core/training/events.ts'
import { buildNetwork } from '../../../core/network/architectures/index.ts'
import { unknownPace } from '../../../core/training/progress.ts'
import { networkOptions, parseRecipe } from '../../../core/training/recipe.ts'

const recipe = parseRecipe({
  network: { config: 'A', fcWidth: 64, widthMultiplier: 0.1 },
  data: { crop: 32, scale: 36 },
  optimization: { epochs: 4, batchSize: 10 },
})
const run = { recipe, network: networkOptions(recipe, 2) }
const started = {
  ...{ event: 'started', engine: 'onnxruntime', device: 'cpu', precision: 'fp32', microBatch: 10 },
  ...{ threads: { engine: 2, decode: 1 }, images: { training: 100, validation: 20 } },
  position: { epoch: 0, step: 0 },
} as unknown as Started
const typical = typicalOverhead(buildNetwork(run.network), recipe, {
  target: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
  images: { train: 100, validation: 20 },
  pixels: 10_000,
})

/** An epoch of 100 images that trained for so many seconds, of which it waited some, and validated for a tenth. */
const epoch = (number: number, training: number, dataWait = 0): EpochRecord =>
  ({
    epoch: number,
    images: 100,
    imagesPerSecond: 100 / training,
    dataWait,
    seconds: training + 0.1,
  }) as EpochRecord

const pace = {
  ...unknownPace,
  epochEnd: 3 * typical.epochEnd,
  validation: { seconds: 1, images: 20, first: false },
}
const shown = (epochs: readonly EpochRecord[], more: Partial<Shown> = {}) =>
  seenSpeeds(run, { started, pace, opened: 0.5, epochs, pixels: 10_000, ...more })

test('of several epochs the first tells nothing of steps; what it was slower by belongs to the start', () => {
  const [validation, training] = shown([epoch(1, 3, 1), epoch(2, 2), epoch(3, 2, 0.4)])
  expect(training).toMatchObject({ precision: 'fp32', images: 10, secondsPerImage: 0.02 })
  expect(training!.overhead!.start).toBeCloseTo((0.5 + 1) / typical.start)
  expect(training!.overhead!.epochEnd).toBeCloseTo(3)
  expect(validation).toMatchObject({ images: 10, secondsPerImage: 0.05, work: { updated: 0 } })
})

test('a first epoch that met a busy machine is no start of an hour', () => {
  const [, training] = shown([epoch(1, 3600), epoch(2, 2)])
  expect(training!.overhead!.start).toBeCloseTo((0.5 + 2 * typical.start) / typical.start)
})

test('one epoch tells what steps take, without waiting; not what a start takes', () => {
  const [, training] = shown([epoch(1, 3, 1)])
  expect(training!.secondsPerImage).toBeCloseTo(0.02)
  expect(training!.overhead).toBeUndefined()
})

test('a run that went on tells nothing of starts, and one on features nothing at all', () => {
  const position = { epoch: 1, step: 10 }
  const resumed = { ...started, position } as unknown as Started
  const [, training] = shown([epoch(1, 9), epoch(2, 2), epoch(3, 2)], { started: resumed })
  expect(training!.secondsPerImage).toBeCloseTo(0.02)
  expect(training!.overhead).toBeUndefined()
  const features = parseRecipe({
    ...recipe,
    optimization: { ...recipe.optimization, unfreeze: 2, frozen: 'all-but-head' },
  })
  expect(
    seenSpeeds({ ...run, recipe: features }, { started, pace, opened: 1, epochs: [epoch(1, 1)], pixels: 1 }),
  ).toEqual([])
})
