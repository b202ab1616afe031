import { elementCount } from '../../base/tensor.ts'
import { describe, trainingFactor, type LayerDescription } from '../../network/cost.ts'
import { parameters } from '../../network/parameters.ts'
import { inputShapes, layerShapes } from '../../network/shapes.ts'
import type { Layer, Network } from '../../network/types.ts'

/**
 * The parts of a training step that take time, each in its own unit. What is said of images counts for one image; what is
 * said of a pass counts once for a micro-batch, whatever its size; what is said of an update once for a batch.
 */
export interface StepCost {
  /** Multiply-adds for an image in 3×3 convolutions at stride 1, forward and backward. */
  readonly square: number
  /** Multiply-adds for an image in other convolutions. */
  readonly other: number
  /** Multiply-adds for an image in linear layers. */
  readonly linear: number
  /** Bytes of outputs for an image, forward and backward. */
  readonly maps: number
  /** Layers that are run in a pass, forward and backward. */
  readonly operations: number
  /** Bytes of weights that a pass reads, and of gradients that it adds to. */
  readonly weights: number
  /** Bytes of weights, gradients and momentum that an update touches. */
  readonly updated: number
}

/** What a forward pass consists of. */
export const forwardCost = (network: Network): StepCost =>
  stepCost(
    network,
    network.layers.map(({ name }) => name),
  )

/** What a training step of a network consists of, with these layers frozen. */
export function stepCost(network: Network, frozen: readonly string[] = []): StepCost {
  const still = new Set(frozen)
  const shapes = layerShapes(network)
  const trained = parameters(network).filter(({ layer, trainable }) => trainable && !still.has(layer))
  // Nothing goes back further than to the first layer that learns.
  const learns = network.layers.findIndex(({ name }) => trained.some(({ layer }) => layer === name))
  const first = learns < 0 ? network.layers.length : learns
  const costs = describe(network).layers
  const passes = (index: number): number => {
    if (index < first) return 1
    return still.has(network.layers[index]!.name) ? trainingFactor - 1 : trainingFactor
  }
  const sum = (of: (layer: Layer, cost: LayerDescription, index: number) => number): number =>
    network.layers.reduce((total, layer, index) => total + of(layer, costs[index]!, index), 0)
  const products = (kind: (layer: Layer) => boolean): number =>
    sum((layer, { multiplyAdds }, index) => (kind(layer) ? passes(index) * multiplyAdds : 0))
  const thin = (layer: Layer): boolean => inputShapes(layer, shapes)[0]![0] <= 3
  const isSquare = (layer: Layer): boolean =>
    layer.kind === 'convolution' &&
    layer.kernel === 3 &&
    layer.stride === 1 &&
    layer.groups === 1 &&
    !thin(layer)
  const bytes = (list: readonly { readonly shape: readonly number[] }[]): number =>
    list.reduce((total, { shape }) => total + 4 * elementCount(shape), 0)
  return {
    square: products(isSquare),
    other: products((layer) => layer.kind === 'convolution' && !isSquare(layer)),
    linear: products(({ kind }) => kind === 'linear'),
    maps: sum(({ kind }, { memory }, index) =>
      kind === 'flatten' || kind === 'dropout' ? 0 : (index < first ? 1 : 2) * memory,
    ),
    operations: sum(({ kind }, _, index) => (kind === 'flatten' ? 0 : index < first ? 1 : 2)),
    weights: bytes(parameters(network)) + 2 * bytes(trained),
    updated: 3 * bytes(trained),
  }
}
