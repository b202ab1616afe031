import { expect, test } from 'vitest'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'
import { questionsOf } from '../../core/training/plausible.ts'
import { loadPresets, presetRate } from '../../core/training/presets.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

const ask = (recipe: unknown, images: number | null = 1000) =>
  shown(questionsOf(parseRecipe(recipe), { rate: 0.02, images }), english)

test('no preset is asked about, whatever the number of images that it is for', async () => {
  for (const { recipe } of await loadPresets()) {
    const whole = parseRecipe(recipe)
    expect(questionsOf(whole, { rate: await presetRate(whole), images: 10_000 })).toEqual([])
  }
})

test('a rate far from the usual one is asked about, and the usual one proposed', () => {
  const [question] = ask({ optimization: { learningRate: 100 } })
  expect(question).toMatchObject({ setting: 'optimization.learningRate', proposal: 0.02 })
  expect(question!.reason).toContain('100 is 5,000 times')
  expect(ask({ optimization: { learningRate: 1e-6 } })[0]!.reason).toContain('hardly learn')
  expect(ask({ optimization: { learningRate: 1e30 } })[0]!.reason).toMatch(
    /of 1e30 is 5e31 times .* \(0\.02\)/,
  )
  expect(ask({ optimization: { learningRate: 1.5e-12 } })[0]!.reason).toContain('of 1.5e-12 is')
  for (const learningRate of [0.1, 0.02, 0.0005]) expect(ask({ optimization: { learningRate } })).toEqual([])
})

test('so are a batch of more than all images, and scales at which a crop shows hardly anything', () => {
  expect(ask({ optimization: { batchSize: 64 } }, 50)).toMatchObject([
    { setting: 'optimization.batchSize', proposal: 8 },
  ])
  expect(ask({ optimization: { batchSize: 64 } }, null)).toEqual([])
  expect(ask({ data: { crop: 32, scale: { min: 32, max: 512 } } })).toMatchObject([
    { setting: 'data.scale', proposal: { min: 32, max: 64 } },
  ])
  const odd = { momentum: 0.995, weightDecay: 0.5, labelSmoothing: 0.8 }
  expect(ask({ optimization: odd }).map(({ setting }) => setting)).toEqual([
    'optimization.momentum',
    'optimization.weightDecay',
    'optimization.labelSmoothing',
  ])
})
