import { expect, test } from 'vitest'
import { parseRecipe } from '../../core/training/recipe.ts'
import { sweepRecipes } from '../../core/training/sweep.ts'

const recipe = { data: { crop: 64 } }
const rates = { setting: 'optimization.learningRate', values: ['0.01', '0.1'] }

test('there is a run for each combination, the last setting changing fastest', () => {
  const scales = { setting: 'data.scale', values: ['64', '64-96'] }
  const found = sweepRecipes(recipe, [rates, scales], 4).map((one) => parseRecipe(one))
  expect(found.map(({ optimization, data }) => [optimization.learningRate, data.scale.max])).toEqual([
    [0.01, 64],
    [0.01, 96],
    [0.1, 64],
    [0.1, 96],
  ])
  const [first] = sweepRecipes(recipe, [rates, scales], 4)
  expect(first).toEqual({ data: { crop: 64, scale: 64 }, optimization: { learningRate: 0.01 } })
})

test('more runs than were allowed are refused, and so are settings that there are not', () => {
  expect(() => sweepRecipes(recipe, [rates], 1)).toThrow(expect.objectContaining({ code: 'too-many-runs' }))
  const other = { setting: 'optimization.rate', values: ['1'] }
  expect(() => sweepRecipes(recipe, [other], 5)).toThrow(expect.objectContaining({ code: 'invalid-recipe' }))
})
