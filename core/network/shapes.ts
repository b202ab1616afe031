import { assertNever, StudioError } from '../base/errors.ts'
import type { Concat, Convolution, Layer, Linear, MaxPool, Network, Shape } from './types.ts'

type Map3 = readonly [number, number, number]

/**
 * Output shape of each layer for one image, in network order, `input` first.
 *
 * @throws StudioError `invalid-network` naming the layer: a name used twice, an input that is not earlier in the list,
 * shapes that do not fit, a map smaller than the kernel, or outputs that are not scores of the classes.
 */
export function layerShapes(network: Network): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>([['input', network.input]])
  for (const layer of network.layers) {
    if (shapes.has(layer.name)) throw invalid(layer, 'its name is used twice')
    shapes.set(layer.name, outputShape(layer, inputShapes(layer, shapes)))
  }
  checkOutputs(network, shapes)
  return shapes
}

/** Shapes of the layer's inputs, in order, out of what layerShapes returns. */
export function inputShapes(layer: Layer, shapes: ReadonlyMap<string, Shape>): Shape[] {
  return layer.inputs.map((name) => {
    const shape = shapes.get(name)
    if (shape === undefined) throw invalid(layer, `its input ${name} is not a layer before it`)
    return shape
  })
}

function outputShape(layer: Layer, inputs: readonly Shape[]): Shape {
  switch (layer.kind) {
    case 'convolution':
      return convolved(layer, mapOf(layer, inputs))
    case 'maxPool':
      return pooled(layer, mapOf(layer, inputs))
    case 'linear':
      return multiplied(layer, single(layer, inputs))
    case 'localResponseNorm':
      return mapOf(layer, inputs)
    case 'batchNorm':
    case 'dropout':
    case 'relu':
      return single(layer, inputs)
    case 'flatten':
      return [single(layer, inputs).reduce((product, size) => product * size, 1)]
    case 'globalAveragePool':
      return [mapOf(layer, inputs)[0]]
    case 'add':
      return added(layer, several(layer, inputs))
    case 'concat':
      return concatenated(layer, several(layer, inputs))
    default:
      return assertNever(layer)
  }
}

function convolved(layer: Convolution, [, height, width]: Map3): Shape {
  const side = (size: number): number => windows(layer, size + 2 * layer.padding)
  return [layer.outChannels, side(height), side(width)]
}

function pooled(layer: MaxPool, [channels, height, width]: Map3): Shape {
  return [channels, windows(layer, height), windows(layer, width)]
}

function windows(layer: Convolution | MaxPool, size: number): number {
  if (size < layer.kernel) {
    throw invalid(layer, `its kernel of ${layer.kernel} is larger than its input of ${size}`)
  }
  return Math.floor((size - layer.kernel) / layer.stride) + 1
}

function multiplied(layer: Linear, input: Shape): Shape {
  if (input.length !== 1) throw invalid(layer, `it takes a vector, not ${shown(input)}: flatten it first`)
  return [layer.outFeatures]
}

function added(layer: Layer, inputs: readonly Shape[]): Shape {
  const first = inputs[0]!
  const other = inputs.find((shape) => !sameShape(shape, first))
  if (other) throw invalid(layer, `it cannot add ${shown(first)} and ${shown(other)}`)
  return first
}

function concatenated(layer: Concat, inputs: readonly Shape[]): Shape {
  const first = inputs[0]!
  const other = inputs.find((shape) => !sameShape(shape.slice(1), first.slice(1)))
  if (other) throw invalid(layer, `it cannot concatenate ${shown(first)} and ${shown(other)}`)
  const channels = inputs.reduce((sum, [count]) => sum + count, 0)
  return first.length === 1 ? [channels] : [channels, first[1], first[2]]
}

function single(layer: Layer, inputs: readonly Shape[]): Shape {
  if (inputs.length !== 1) throw invalid(layer, `it takes one input, not ${inputs.length}`)
  return inputs[0]!
}

function several(layer: Layer, inputs: readonly Shape[]): readonly Shape[] {
  if (inputs.length < 2) throw invalid(layer, `it takes two inputs or more, not ${inputs.length}`)
  return inputs
}

function mapOf(layer: Layer, inputs: readonly Shape[]): Map3 {
  const shape = single(layer, inputs)
  if (shape.length !== 3) throw invalid(layer, `it takes a feature map, not the vector ${shown(shape)}`)
  return shape
}

function checkOutputs(network: Network, shapes: ReadonlyMap<string, Shape>): void {
  const refuse = (reason: string): never => {
    throw new StudioError('invalid-network', `Network ${network.name}: ${reason}.`)
  }
  const count = network.outputs.filter(({ role }) => role === 'logits').length
  if (count !== 1) refuse(`it has ${count} outputs with the role logits instead of one`)
  for (const { layer } of network.outputs) {
    const shape = shapes.get(layer)
    if (shape === undefined) return refuse(`its output ${layer} is not one of its layers`)
    if (!sameShape(shape, [network.classes])) {
      refuse(
        `its output ${layer} is ${shown(shape)} instead of one score for each of ${network.classes} classes`,
      )
    }
  }
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index])
}

const shown = (shape: readonly number[]): string => shape.join('×')

export function invalid(layer: Layer, reason: string): StudioError {
  return new StudioError('invalid-network', `Layer ${layer.label} (${layer.name}): ${reason}.`)
}
