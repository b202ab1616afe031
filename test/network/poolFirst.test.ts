import { expect, it } from 'vitest'
import { poolFirst } from '../../core/network/poolFirst.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import { buildVgg, vggDefaults } from '../../core/network/vgg.ts'

const options = { ...vggDefaults, classes: 5, crop: 32, fcWidth: 16 }

it('puts each pooling before the rectification that it follows, and changes nothing else', () => {
  const network = buildVgg({ ...options, config: 'B', batchNorm: true })
  const changed = poolFirst(network)
  const kinds = changed.layers.map(({ kind }) => kind).join(' ')
  expect(kinds).not.toContain('relu maxPool')
  expect(kinds.match(/batchNorm maxPool relu/g)).toHaveLength(5)
  const [before, after] = [layerShapes(network), layerShapes(changed)]
  for (const { name, kind } of network.layers)
    if (kind !== 'relu') expect(after.get(name)).toEqual(before.get(name))
  expect(changed.outputs).toEqual(network.outputs)
})

it('leaves a pooling where something else is between, or reads the rectification too', () => {
  const normalized = buildVgg({ ...options, config: 'A-LRN' })
  const first = poolFirst(normalized).layers.slice(0, 4)
  expect(first.map(({ kind }) => kind)).toEqual(['convolution', 'relu', 'localResponseNorm', 'maxPool'])
  const network = buildVgg({ ...options, config: 'A' })
  const [, relu] = network.layers
  const twice = { ...network, outputs: [...network.outputs, { ...network.outputs[0]!, layer: relu!.name }] }
  expect(poolFirst(twice).layers.slice(0, 3)).toEqual(network.layers.slice(0, 3))
})
