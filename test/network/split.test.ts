import { expect, test } from 'vitest'
import { buildNetwork, networkSpec } from '../../core/network/architectures/index.ts'
import { parameters } from '../../core/network/parameters.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import { splitHead } from '../../core/network/split.ts'
import { frozenLayers } from '../../core/training/layers.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

const networkOf = (input: { config: 'A' | 'alexnet'; head?: string; batchNorm?: boolean }, crop = 64) =>
  buildNetwork({ ...networkSpec({ widthMultiplier: 1 / 16, fcWidth: 16, ...input }), classes: 3, crop })
const allButHead = parseRecipe({ optimization: { frozen: 'all-but-head' } }).optimization
const cut = (network: ReturnType<typeof networkOf>) =>
  splitHead(network, new Set(frozenLayers(network, allButHead)))!

test('A head of any kind begins where nothing before it learns', () => {
  const cases = [
    [networkOf({ config: 'A', head: 'linear' }), 'pool', [32, 1, 1]],
    [networkOf({ config: 'A', head: 'narrow', batchNorm: true }), 'pool', [32, 1, 1]],
    [networkOf({ config: 'A' }), 'flatten', [128, 1, 1]],
    // What is dropped is drawn anew for each batch: its dropout stands before the first linear layer.
    [networkOf({ config: 'alexnet' }, 95), 'flatten', [64, 1, 1]],
  ] as const
  for (const [network, layer, input] of cases) {
    const { trunk, head, ...rest } = cut(network)
    expect(rest.layer).toBe(layer)
    expect(head.input).toEqual(input)
    expect(layerShapes(trunk).get(trunk.outputs[0]!.layer)).toEqual([trunk.classes])
    const names = [...parameters(trunk), ...parameters(head)].map(({ name }) => name)
    expect(names).toEqual(parameters(network).map(({ name }) => name))
    expect(layerShapes(head).get(head.outputs[0]!.layer)).toEqual([3])
  }
})

test('A network whose convolutions learn too is not cut', () => {
  const network = networkOf({ config: 'A', head: 'linear' })
  expect(splitHead(network, new Set())).toBeNull()
  const { optimization } = parseRecipe({ optimization: { frozen: 'all-but-last-group' } })
  expect(splitHead(network, new Set(frozenLayers(network, optimization)))).toBeNull()
})
