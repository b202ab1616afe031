import { factsOf, type ParameterRole } from './layers.ts'
import { inputShapes, layerShapes } from './shapes.ts'
import type { Layer, Network, Shape } from './types.ts'

export type { ParameterRole } from './layers.ts'

export interface Parameter {
  /** Canonical: `<layer>.weight`, `.bias`, `.running_mean`, `.running_var`. */
  readonly name: string
  readonly layer: string
  /** Convolution O×I×k×k, linear out×in, all others one value per channel or feature. */
  readonly shape: readonly number[]
  /** `scale` and `shift` are batch normalization's `weight` and `bias`. */
  readonly role: ParameterRole
  /** False for running statistics: no gradient changes them. */
  readonly trainable: boolean
}

/** All tensors of a network's state in network order, as PyTorch's state_dict lists them (without its counters). */
export function parameters(network: Network): readonly Parameter[] {
  const shapes = layerShapes(network)
  return network.layers.flatMap((layer) => layerParameters(layer, inputShapes(layer, shapes)[0]!))
}

function layerParameters(layer: Layer, input: Shape): Parameter[] {
  return factsOf(layer)
    .tensors(layer, input)
    .map(({ suffix, role, shape }) => ({
      name: `${layer.name}.${suffix}`,
      layer: layer.name,
      shape,
      role,
      trainable: role !== 'runningMean' && role !== 'runningVar',
    }))
}
