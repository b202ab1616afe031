import { StudioError } from '../base/errors.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import { parameters } from './parameters.ts'
import { invalidLayer } from './invalid.ts'
import { factsOf } from './layers.ts'
import { layerShapes } from './shapes.ts'
import type { Layer, Linear, Network, Output, Shape } from './types.ts'

/**
 * The network as it is applied to whole images of any size from its crop on (VGG §3.2): the FC layers become
 * convolutions, the first over as much of the map as it saw in the crop (7×7 at 224), the others 1×1, and each output
 * is a map of class scores that is averaged over space. On an image of the crop's size it computes the same as the
 * network. Layers keep their names and parameters theirs; see denseWeights for the shapes.
 * FC layers behind a global average pooling need no change and get none.
 *
 * @throws StudioError `invalid-network` where a flattened map is not square, or its positions are mixed other than by
 * an FC layer.
 */
export function toDense(network: Network): Network {
  const shapes = layerShapes(network)
  /** Layers that gave a vector and now give a map: side of the part of the map that the vector stood for. */
  const sides = new Map<string, number>()
  const replaced = new Map<string, string>()
  const layers: Layer[] = []
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => replaced.get(name) ?? name)
    const side = sideOf(layer, shapes, sides)
    if (side !== undefined) sides.set(layer.name, side)
    if (layer.kind === 'flatten' && side !== undefined) replaced.set(layer.name, inputs[0]!)
    else layers.push(denseLayer({ ...layer, inputs }, sides.get(layer.inputs[0]!)))
  }
  const averaged = network.outputs.filter(({ layer }) => sides.has(layer))
  return {
    ...network,
    layers: [...layers, ...averaged.map(average)],
    outputs: network.outputs.map((output) => {
      return averaged.includes(output) ? { ...output, layer: averageName(output) } : output
    }),
  }
}

/**
 * The dense form with OverFeat's pooling offsets (Sermanet et al. 2014, §3.3): the last max pooling is applied at each
 * offset of {0, …, stride − 1}², the FC layers see every pooled map, and the interleaved class scores are averaged over
 * space. Computed at once: pooling at stride 1 holds the maps of all offsets, each every `stride`-th position of it,
 * which is what convolutions dilated by the stride see. The weights are those of toDense.
 *
 * @throws StudioError `invalid-network` where FC layers do not follow the last max pooling directly
 */
export function toDenseWithOffsets(network: Network): Network {
  const dense = toDense(network)
  const last = dense.layers.findLastIndex(({ kind }) => kind === 'maxPool')
  const pool = dense.layers[last]
  if (pool?.kind !== 'maxPool' || pool.padding > 0 || pool.ceilMode || !reachesFullyConnected(network)) {
    throw new StudioError('invalid-network', { what: 'no-last-pooling', name: network.name })
  }
  const dilation = pool.stride
  const layers = dense.layers.map((layer, index): Layer => {
    if (index === last) return { ...pool, stride: 1 }
    return index > last && layer.kind === 'convolution' && layer.kernel > 1 ? { ...layer, dilation } : layer
  })
  return { ...dense, layers }
}

/** Whether nothing but what works on each position alone stands between the last max pooling and the FC layers. */
function reachesFullyConnected({ layers }: Network): boolean {
  const last = layers.findLastIndex(({ kind }) => kind === 'maxPool')
  const after = layers.slice(last + 1)
  const flatten = after.findIndex(({ kind }) => kind === 'flatten')
  const between = after.slice(0, flatten)
  return (
    flatten >= 0 && between.every(({ kind }) => kind === 'relu' || kind === 'dropout' || kind === 'batchNorm')
  )
}

/** The weights of toDense(network): FC weights out×(C·h·w) become out×C×h×w over the same data. */
export function denseWeights(network: Network, weights: Tensors): Tensors {
  const shapes = new Map(parameters(toDense(network)).map(({ name, shape }) => [name, shape]))
  const reshaped = (name: string, { data, shape }: Tensor): Tensor => ({
    shape: shapes.get(name) ?? shape,
    data,
  })
  return new Map([...weights].map(([name, tensor]) => [name, reshaped(name, tensor)]))
}

function sideOf(
  layer: Layer,
  shapes: ReadonlyMap<string, Shape>,
  sides: ReadonlyMap<string, number>,
): number | undefined {
  const input = shapes.get(layer.inputs[0]!)!
  if (layer.kind === 'flatten' && input.length === 3) {
    if (input[1] !== input[2])
      throw invalidLayer(layer, { code: 'input-not-square', values: { height: input[1], width: input[2] } })
    return input[1]
  }
  const given = layer.inputs.map((name) => sides.get(name))
  const side = given[0]
  if (given.some((other) => other !== side))
    throw invalidLayer(layer, { code: 'inputs-of-different-size', values: {} })
  if (side === undefined) return undefined
  if (layer.kind === 'linear') return 1
  if (side > 1 && !factsOf(layer).isPositionwise)
    throw invalidLayer(layer, { code: 'normalizes-positions', values: {} })
  return side
}

function denseLayer(layer: Layer, side: number | undefined): Layer {
  return layer.kind === 'linear' && side !== undefined ? asConvolution(layer, side) : layer
}

function asConvolution({ name, label, inputs, outFeatures, bias }: Linear, kernel: number): Layer {
  return {
    kind: 'convolution',
    name,
    label,
    inputs,
    outChannels: outFeatures,
    kernel,
    stride: 1,
    padding: 0,
    groups: 1,
    bias,
  }
}

const averageName = ({ layer }: Output): string => `${layer}.average`

function average(output: Output): Layer {
  return {
    kind: 'globalAveragePool',
    name: averageName(output),
    label: 'score average',
    inputs: [output.layer],
  }
}
