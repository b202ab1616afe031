import { elementCount } from '../base/tensor.ts'
import { parameters } from './parameters.ts'
import { layerShapes } from './shapes.ts'
import type { Layer, Network, Shape } from './types.ts'

/** Bytes, everything in 32-bit floats. */
export interface TrainingMemory {
  /** Weights and running statistics. */
  readonly parameters: number
  /** Summed over the micro-batches of a step. */
  readonly gradients: number
  readonly momentum: number
  /** Of one micro-batch: outputs kept for the backward pass, dropout masks, and the largest gradients on their way. */
  readonly activations: number
  readonly total: number
}

/**
 * Memory that one training step needs for `batch` images at once (the micro-batch, where a batch is accumulated).
 * This is what no engine can do without while it keeps every output that a gradient needs: an engine adds scratch
 * memory of its convolutions, and briefly a second copy of weights that it does not update in place.
 */
export function trainingMemory(network: Network, batch: number): TrainingMemory {
  const all = parameters(network)
  const bytes = (list: typeof all): number =>
    list.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  const trainable = bytes(all.filter((parameter) => parameter.trainable))
  const memory = {
    parameters: bytes(all),
    gradients: trainable,
    momentum: trainable,
    activations: 4 * batch * activationsOfOne(network),
  }
  const { parameters: own, gradients, momentum, activations } = memory
  return { ...memory, total: own + gradients + momentum + activations }
}

/** Numbers, for one image. */
function activationsOfOne(network: Network): number {
  const shapes = layerShapes(network)
  const size = (name: string): number => elementCount(shapes.get(name)!)
  const kept = new Set(keptOutputs(network).map((name) => storage(network, name)))
  const masks = network.layers.filter(({ kind }) => kind === 'dropout').map(({ name }) => name)
  const held = [...kept, ...masks].reduce((sum, name) => sum + size(name), 0)
  return held + largestGradients(network, shapes)
}

/** Outputs (or `input`) that some layer's gradient reads. */
function keptOutputs(network: Network): string[] {
  return network.layers.flatMap((layer) => gradientReads(layer))
}

function gradientReads(layer: Layer): readonly string[] {
  switch (layer.kind) {
    case 'convolution':
    case 'linear':
    case 'batchNorm':
      return layer.inputs
    case 'maxPool':
    case 'localResponseNorm':
      return [...layer.inputs, layer.name]
    case 'relu':
      return [layer.name]
    default:
      return []
  }
}

/** Flattening copies nothing: its output is its input's memory. */
function storage(network: Network, name: string): string {
  const layer = network.layers.find((candidate) => candidate.name === name)
  return layer?.kind === 'flatten' ? storage(network, layer.inputs[0]!) : name
}

/** The gradient of a layer's output and those of its inputs exist at the same time. */
function largestGradients(network: Network, shapes: ReadonlyMap<string, Shape>): number {
  const size = (name: string): number => (name === 'input' ? 0 : elementCount(shapes.get(name)!))
  const atOnce = network.layers.map((layer) =>
    layer.inputs.reduce((sum, name) => sum + size(name), size(layer.name)),
  )
  return Math.max(0, ...atOnce)
}
