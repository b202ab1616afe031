import { expect, test } from 'vitest'
import { changedSettings, recipeLike } from '../../core/training/changedSettings.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

const recipe = parseRecipe({ network: { config: 'A', batchNorm: true }, data: { crop: 64 } })
/** As a run leaves it: where it computes, and how many images fit, have been found out. */
const trained = {
  ...recipe,
  optimization: { ...recipe.optimization, microBatch: 16 },
  execution: { ...recipe.execution, engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 2 },
}

test('the same recipe has no changes, and what a run found out by itself is none', () => {
  expect(changedSettings(recipe, recipe)).toEqual([])
  expect(changedSettings(recipe, trained)).toEqual([])
})

test('changes are told by their path, with both values as text; a scale is one setting', () => {
  const other = recipeLike(trained, {
    data: { scale: '64-96' },
    optimization: { learningRate: 0.1, schedule: { kind: 'step' } },
    initialization: { from: { run: 'r1' } },
  })
  const changed = changedSettings(trained, parseRecipe(other))
  expect(changed).toContainEqual({ setting: 'data.scale', from: '73', to: '64-96' })
  expect(changed).toContainEqual({ setting: 'optimization.learningRate', from: '0.01', to: '0.1' })
  expect(changed).toContainEqual({ setting: 'optimization.schedule.kind', from: 'plateau', to: 'step' })
  expect(changed).toContainEqual({ setting: 'initialization.from.run', from: null, to: 'r1' })
})

test('another precision than the one that was found is a change', () => {
  const other = recipeLike(trained, { execution: { precision: 'bf16' } })
  expect(changedSettings(trained, other)).toEqual([
    { setting: 'execution.precision', from: 'fp32', to: 'bf16' },
  ])
})

test('a scale that is its crop’s default follows the crop', () => {
  expect(parseRecipe(recipeLike(trained, { data: { crop: 32 } })).data.scale).toEqual({ min: 37, max: 37 })
  const own = parseRecipe({ ...trained, data: { ...trained.data, scale: 128 } })
  expect(parseRecipe(recipeLike(own, { data: { crop: 32 } })).data.scale).toEqual({ min: 128, max: 128 })
})

test('a micro-batch stays as long as network, crop and batch do, or another one is asked for', () => {
  const microBatchOf = (changes: object): unknown =>
    parseRecipe(recipeLike(trained, changes)).optimization.microBatch
  expect(microBatchOf({ seed: 1 })).toBe(16)
  expect(microBatchOf({ optimization: { batchSize: 8 } })).toBe('auto')
  expect(microBatchOf({ network: { config: 'D' } })).toBe('auto')
  expect(microBatchOf({ network: { config: 'D' }, optimization: { microBatch: 4 } })).toBe(4)
})

test('another network keeps nothing of the settings that are not its own', () => {
  const other = parseRecipe(recipeLike(trained, { network: { config: 'resnet18' } }))
  expect(other.network).toMatchObject({ family: 'resnet', config: 'resnet18' })
})

test('weights of another run bring their own checkpoint and what is copied', () => {
  const from = { run: 'r1', checkpoint: 'epoch-5', mode: 'staged' }
  const started = parseRecipe({ ...recipe, initialization: { ...recipe.initialization, from } })
  const other = parseRecipe(recipeLike(started, { initialization: { from: { run: 'r2' } } }))
  expect(other.initialization.from).toMatchObject({ run: 'r2', checkpoint: null })
})
