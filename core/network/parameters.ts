import { elementCount } from '../base/tensor.ts'
import { inputShapes, layerShapes } from './shapes.ts'
import type { Layer, Network, Shape } from './types.ts'

export type ParameterRole = 'weight' | 'bias' | 'scale' | 'shift' | 'runningMean' | 'runningVar'

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

/** Numbers that training changes by gradient. */
export function parameterCount(network: Network): number {
  return parameters(network)
    .filter(({ trainable }) => trainable)
    .reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

function layerParameters(layer: Layer, input: Shape): Parameter[] {
  const channels = input[0]
  switch (layer.kind) {
    case 'convolution': {
      const { outChannels, kernel } = layer
      const weight = trained(layer, 'weight', 'weight', [outChannels, channels, kernel, kernel])
      return layer.bias ? [weight, trained(layer, 'bias', 'bias', [outChannels])] : [weight]
    }
    case 'linear':
      return [
        trained(layer, 'weight', 'weight', [layer.outFeatures, channels]),
        trained(layer, 'bias', 'bias', [layer.outFeatures]),
      ]
    case 'batchNorm':
      return [
        trained(layer, 'weight', 'scale', [channels]),
        trained(layer, 'bias', 'shift', [channels]),
        { ...trained(layer, 'running_mean', 'runningMean', [channels]), trainable: false },
        { ...trained(layer, 'running_var', 'runningVar', [channels]), trainable: false },
      ]
    default:
      return []
  }
}

function trained(layer: Layer, suffix: string, role: ParameterRole, shape: readonly number[]): Parameter {
  return { name: `${layer.name}.${suffix}`, layer: layer.name, shape, role, trainable: true }
}
