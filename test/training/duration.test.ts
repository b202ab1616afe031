import { expect, test } from 'vitest'
import type { ObservedSpeed } from '../../core/engine/selection/speeds.ts'
import { stepCost } from '../../core/engine/selection/stepCost.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { estimateDuration, type DurationInput } from '../../core/training/duration.ts'
import { networkOptions, parseRecipe } from '../../core/training/recipe.ts'
import { trialSeconds } from '../../core/training/trials.ts'

const recipeOf = (more: object = {}) =>
  parseRecipe({
    network: { config: 'A', fcWidth: 256, widthMultiplier: 0.25 },
    data: { crop: 64, scale: 72 },
    optimization: { epochs: 10, batchSize: 32, ...more },
  })
const recipe = recipeOf()
const network = buildNetwork(networkOptions(recipe, 10))
const input: DurationInput = {
  images: { train: 1000, validation: 200 },
  target: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
  microBatch: 32,
  threads: 2,
  speeds: [],
}

test('a run’s time is that of its start, its training, its validation and its ends of epochs', () => {
  const { start, training, validation, saving, total, epoch } = estimateDuration(network, recipe, input)
  for (const part of [start, training, validation, saving]) expect(part).toBeGreaterThan(0)
  expect(total).toBeCloseTo(start + training + validation + saving)
  expect(epoch).toBeCloseTo((total - start) / 10)
  // 200 forward passes beside 1,000 of three times the work.
  expect(validation / training).toBeGreaterThan(0.02)
  expect(validation / training).toBeLessThan(0.2)
})

test('augmentation takes its time in training, the costly one more, and none in validation', () => {
  const plain = estimateDuration(network, recipe, input)
  const withData = (data: object) =>
    estimateDuration(network, parseRecipe({ ...recipe, data: { ...recipe.data, ...data } }), input)
  const added = (data: object): number => {
    const { training, validation } = withData(data)
    expect(validation).toBe(plain.validation)
    return (training - plain.training) / (10 * 1000 * 64 ** 2)
  }
  const [colors, rotation, blur] = [added({ brightness: 0.4 }), added({ rotation: 15 }), added({ blur: 2 })]
  expect(colors).toBeGreaterThan(0)
  expect(rotation).toBeGreaterThan(2 * colors)
  expect(added({ blur: 1 }) / blur).toBeCloseTo(0.5, 5)
  expect(added({ rotation: 15, brightness: 0.4 }) / (rotation + colors)).toBeCloseTo(1, 5)
  expect(added({ erasing: 0.25 })).toBe(0)
})

test('twice the epochs take twice as long, and the start once', () => {
  const once = estimateDuration(network, recipe, input)
  const twice = estimateDuration(network, recipeOf({ epochs: 20 }), input)
  expect(twice.start).toBeCloseTo(once.start)
  expect(twice.total - twice.start).toBeCloseTo(2 * (once.total - once.start))
})

test('a slow machine takes as many times longer as it has shown', () => {
  const work = { work: stepCost(network), images: 32, batchSize: 32, threads: 2 }
  const slow: ObservedSpeed = { ...input.target, ...work, secondsPerImage: 1 }
  const { training } = estimateDuration(network, recipe, { ...input, speeds: [slow] })
  expect(training / 10_000).toBeGreaterThan(1)
  expect(training / 10_000).toBeLessThan(1.2)
})

test('trials take a twentieth of a run at most, and never more than ten seconds', () => {
  expect([3600, 200, 100, 20, 15, 0].map(trialSeconds)).toEqual([10, 10, 5, 1, 0, 0])
})
