import { expect, test } from 'vitest'
import { frozenLayers, layerGroups, layerRateFactors } from '../../core/training/layers.ts'
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

test('Layers come in groups, one for each size of their maps, and freeze by group or but for the last', () => {
  const names = layerGroups(network).map(({ name, layers }) => `${name} ${layers.length}`)
  expect(names).toEqual(['group1 2', 'group2 2', 'group3 4', 'group4 4', 'group5 4', 'head 3'])
  expect(frozenLayers(network, withFrozen(['group2']))).toEqual(['features.4', 'features.5'])
  expect(frozenLayers(network, withFrozen(['all-but-head']))).toHaveLength(16)
  const last = frozenLayers(network, withFrozen(['all-but-last-group']))
  expect(last).toHaveLength(12)
  expect(last.at(-1)).toBe('features.19')
  expect(layerRateFactors(network, withFactors({ group1: 0.1 }))).toEqual({
    'features.0': 0.1,
    'features.1': 0.1,
  })
})

test('Frozen groups are released one after the other, the last first', () => {
  const { optimization } = parseRecipe({ optimization: { frozen: 'all-but-head', unfreeze: 2 } })
  const counts = [0, 1, 2, 4, 9, 10, 99].map((epoch) => frozenLayers(network, optimization, epoch).length)
  expect(counts).toEqual([16, 16, 12, 8, 2, 0, 0])
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
