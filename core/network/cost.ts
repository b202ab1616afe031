import { elementCount } from '../base/tensor.ts'
import { factsOf } from './layers.ts'
import { parameters, type Parameter } from './parameters.ts'
import { receptiveFields } from './receptiveField.ts'
import { inputShapes, layerShapes } from './shapes.ts'
import type { Layer, Network, Shape } from './types.ts'
import { withoutAuxiliary } from './withoutAuxiliary.ts'

export { trainingMemory, type TrainingMemory } from './trainingMemory.ts'

export interface LayerDescription {
  readonly name: string
  readonly label: string
  readonly kind: Layer['kind']
  /** Whether it is there for training only: a part of an auxiliary classifier. */
  readonly isAuxiliary: boolean
  /** For one image. */
  readonly outputShape: Shape
  /** Bytes of the output for one image in 32-bit floats. */
  readonly memory: number
  /** Trainable numbers. */
  readonly parameters: number
  /** Parameters without biases (and without batch normalization's shifts). */
  readonly weights: number
  /** Multiply-adds of the forward pass for one image. */
  readonly multiplyAdds: number
  /** Pixels, see receptiveFields. */
  readonly receptiveField: number
  readonly receptiveStride: number
}

/** Multiply-adds of training over those of the forward pass: forward, and about twice as many backward. */
export const trainingFactor = 3

export interface NetworkDescription {
  /** Weight layers on the longest way to the logits, as networks are called by: projections and gates do not count. */
  readonly depth: number
  /** Without those of auxiliary classifiers, which a trained network does not have; so are multiply-adds. */
  readonly parameters: number
  readonly multiplyAdds: number
  /** Trainable numbers of auxiliary classifiers; 0 without them. */
  readonly auxiliaryParameters: number
  /** In network order. */
  readonly layers: readonly LayerDescription[]
}

/**
 * What each layer of a network costs. As usual in the field only the products of convolutions and FC layers count as
 * multiply-adds: biases, pooling, normalization and sums are left out (D at 224: 15.47 billion).
 */
export function describe(network: Network): NetworkDescription {
  const shapes = layerShapes(network)
  const fields = receptiveFields(network)
  const used = new Set(withoutAuxiliary(network).layers.map(({ name }) => name))
  const owned = Map.groupBy(trainable(network), ({ layer }) => layer)
  const layers = network.layers.map((layer) => {
    const outputShape = shapes.get(layer.name)!
    const field = fields.get(layer.name)!
    const own = owned.get(layer.name) ?? []
    return {
      name: layer.name,
      label: layer.label,
      kind: layer.kind,
      isAuxiliary: !used.has(layer.name),
      outputShape,
      memory: 4 * elementCount(outputShape),
      parameters: numbers(own),
      weights: numbers(own.filter(({ role }) => role === 'weight' || role === 'scale')),
      multiplyAdds: factsOf(layer).multiplyAdds(layer, inputShapes(layer, shapes)[0]!, outputShape),
      receptiveField: field.size,
      receptiveStride: field.stride,
    }
  })
  const lasting = layers.filter(({ isAuxiliary }) => !isAuxiliary)
  const parameterCount = sum(lasting.map((layer) => layer.parameters))
  return {
    depth: depthOf(network),
    parameters: parameterCount,
    multiplyAdds: sum(lasting.map((layer) => layer.multiplyAdds)),
    auxiliaryParameters: sum(layers.map((layer) => layer.parameters)) - parameterCount,
    layers,
  }
}

function depthOf({ layers, outputs }: Network): number {
  const depths = new Map<string, number>([['input', 0]])
  for (const { kind, name, inputs } of layers) {
    // What scales channels is no step of the way.
    const ways = kind === 'scaleChannels' ? inputs.slice(0, 1) : inputs
    const own = kind === 'convolution' || kind === 'linear' ? 1 : 0
    depths.set(name, own + Math.max(...ways.map((input) => depths.get(input)!)))
  }
  return depths.get(outputs.find(({ role }) => role === 'logits')!.layer)!
}

const trainable = (network: Network): Parameter[] =>
  parameters(network).filter((parameter) => parameter.trainable)

const numbers = (owned: readonly Parameter[]): number => sum(owned.map(({ shape }) => elementCount(shape)))
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
