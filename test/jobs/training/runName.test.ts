import { expect, test } from 'vitest'
import { runName } from '../../../core/jobs/training/runName.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'

const first = { name: 'flowers-A', recipe: parseRecipe({}) }
const named = (recipe: unknown): string => runName('flowers-A', parseRecipe(recipe), [first])

test('a run is named after data set and network, and after what tells it from the first of that name', () => {
  expect(runName('flowers-A', parseRecipe({}), [])).toBe('flowers-A')
  expect(named({ optimization: { learningRate: 0.1, batchSize: 16 } })).toBe('flowers-A-batch-16-rate-0.1')
  expect(named({ data: { scale: { min: 256, max: 512 } }, seed: 3 })).toMatch(
    /^flowers-A-(scale-256-512-seed-3|seed-3-scale-256-512)$/,
  )
  expect(named({ network: { batchNorm: true } })).toBe('flowers-A-batch-norm-true')
})

test('what a machine decides is not in the name, and names stay short and allowed', () => {
  expect(named({ execution: { threads: 1 }, checkpoints: { minutes: 3 } })).toBe('flowers-A')
  const many = named({ optimization: { epochs: 3, batchSize: 8, learningRate: 0.2, momentum: 0.8 }, seed: 5 })
  expect(many.split('-').length).toBe(2 + 3 * 2)
  expect(named({ optimization: { rateFactors: { features: 0.1 } } })).not.toMatch(/[@"{}]/)
})

test('a first run of an earlier version differs only where its settings do', () => {
  const { data, ...others } = parseRecipe({})
  const earlier = {
    ...others,
    data: { crop: data.crop, scale: data.scale, mode: 'crop', flip: true, colorShift: 0.1 },
  }
  const name = (recipe: object) =>
    runName('flowers-A', parseRecipe(recipe), [{ name: 'flowers-A', recipe: earlier }])
  expect(name({})).toBe('flowers-A')
  expect(name({ data: { blur: 2 } })).toBe('flowers-A-blur-2')
})
