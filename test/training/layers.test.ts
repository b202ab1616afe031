import { expect, test } from 'vitest'
import { frozenLayers, layerRateFactors } from '../../core/training/layers.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

const network = buildVgg({ ...vggDefaults, config: 'A', classes: 3, crop: 32, batchNorm: true })
const withFrozen = (frozen: string[]) => parseRecipe({ optimization: { frozen } }).optimization
const withFactors = (rateFactors: Record<string, number>) =>
  parseRecipe({ optimization: { rateFactors } }).optimization

test('A group freezes its layers with weights, batch normalization included', () => {
  const frozen = frozenLayers(network, withFrozen(['features']))
  expect(frozen).toHaveLength(16)
  expect(frozen.slice(0, 3)).toEqual(['features.0', 'features.1', 'features.4'])
})

test('Layers are frozen by name, in the network’s order', () => {
  expect(frozenLayers(network, withFrozen(['classifier.0', 'features.0']))).toEqual([
    'features.0',
    'classifier.0',
  ])
  expect(frozenLayers(network, withFrozen([]))).toEqual([])
})

test('A name that the network does not have is refused with those that it has', () => {
  expect(() => frozenLayers(network, withFrozen(['features', 'head']))).toThrow(
    expect.objectContaining({
      code: 'invalid-recipe',
      message: expect.stringContaining('optimization.frozen[1]: A has no layer “head”'),
      hint: expect.stringContaining('classifier.6'),
    }),
  )
  expect(() => frozenLayers(network, withFrozen(['features.2']))).toThrow(
    /no layer “features.2” with weights/,
  )
})

test('A network with nothing left to train is refused', () => {
  expect(() => frozenLayers(network, withFrozen(['features', 'classifier']))).toThrow(/no layer is left/)
})

test('Rate factors go to each layer of a group, a layer’s own going first', () => {
  const factors = layerRateFactors(
    network,
    withFactors({ 'classifier.6': 10, classifier: 2, 'features.0': 0 }),
  )
  expect(factors).toEqual({ 'features.0': 0, 'classifier.0': 2, 'classifier.3': 2, 'classifier.6': 10 })
  expect(() => layerRateFactors(network, withFactors({ fc8: 1 }))).toThrow(/optimization.rateFactors.fc8/)
})
