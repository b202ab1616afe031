import { expect, test } from 'vitest'
import { parseRecipe } from '../../core/training/recipe.ts'
import { stagedTraining } from '../../core/training/stagedTraining.ts'

const stagesOf = (recipe: object): unknown =>
  stagedTraining(parseRecipe(recipe)).map(({ recipe: { network, data, optimization }, source }) => [
    network.config,
    data.scale.min,
    data.scale.max,
    optimization.learningRate,
    source,
  ])

test('stages are the paper’s: A, the deeper network from it, S = 384 at a tenth of the rate, then jitter', () => {
  expect(stagesOf({ network: { config: 'D' } })).toEqual([
    ['A', 256, 256, 0.01, null],
    ['D', 256, 256, 0.01, 0],
    ['D', 384, 384, 0.001, 1],
    ['D', 256, 512, 0.001, 2],
  ])
})

test('A itself needs no shallower network, and scales go by the crop', () => {
  expect(
    stagesOf({ network: { config: 'A' }, data: { crop: 112 }, optimization: { learningRate: 0.1 } }),
  ).toEqual([
    ['A', 128, 128, 0.1, null],
    ['A', 192, 192, 0.01, 0],
    ['A', 128, 256, 0.01, 1],
  ])
})

test('the shallowest network keeps what the recipe says of networks', () => {
  const recipe = { network: { config: 'E', batchNorm: true, fcWidth: 64 } }
  const [first] = stagedTraining(parseRecipe(recipe))
  expect(first!.recipe.network).toMatchObject({ config: 'A', batchNorm: true, fcWidth: 64 })
})

test('families that are not trained in stages are refused', () => {
  expect(() => stagedTraining(parseRecipe({ network: { config: 'googlenet' } }))).toThrow(
    expect.objectContaining({ code: 'nothing-to-transfer' }),
  )
})
