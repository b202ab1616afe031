import { StudioError } from '../base/errors.ts'
import { elementCount } from '../base/tensor.ts'
import { layerShapes } from './shapes.ts'
import type { Network } from './types.ts'

/**
 * The part of a network that a layer's output comes from, for looking at it: what it gives as logits are the numbers of
 * that output, flattened.
 *
 * @throws StudioError `not-found` for a layer that does not exist
 */
export function networkUpTo(network: Network, layer: string): Network {
  const shape = layerShapes(network).get(layer)
  if (shape === undefined || layer === 'input')
    throw new StudioError('not-found', { what: 'layer', layer, network: network.title })
  const needed = new Set([layer])
  const layers = network.layers.toReversed().filter(({ name, inputs }) => {
    if (!needed.has(name)) return false
    inputs.forEach((input) => needed.add(input))
    return true
  })
  const flat = `${layer}.flat`
  return {
    ...network,
    classes: elementCount(shape),
    layers: [...layers.reverse(), { kind: 'flatten', name: flat, label: 'activations', inputs: [layer] }],
    outputs: [{ layer: flat, role: 'logits', lossWeight: 1 }],
  }
}
