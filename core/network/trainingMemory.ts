import { elementCount } from '../base/tensor.ts'
import { factsOf } from './layers.ts'
import { parameters } from './parameters.ts'
import { layerShapes } from './shapes.ts'
import type { Network } from './types.ts'

/** Bytes, everything in 32-bit floats. */
export interface TrainingMemory {
  /** Weights and running statistics. */
  readonly parameters: number
  /** Summed over the micro-batches of a step. */
  readonly gradients: number
  readonly momentum: number
  /** Peak memory of one micro-batch: outputs kept for the backward pass, dropout masks, gradients on their way. */
  readonly activations: number
  readonly total: number
}

/**
 * The least memory that a training step needs for `batch` images at once (the micro-batch, where a batch is accumulated),
 * by the layers alone: every output that a gradient needs is kept, and freed after it. What an engine takes follows from
 * the graph that it runs (graph/liveness.ts) and from what was measured of it (engine/memory.ts).
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

/**
 * Numbers for one image, at the worst moment of the backward pass. It runs through the layers from the last to the
 * first; at each one live the outputs that it or an earlier layer still reads, the dropout masks up to it, and the
 * gradients of what was produced up to it and consumed from it on (more than two where branches wait for each other).
 */
function activationsOfOne(network: Network): number {
  const shapes = layerShapes(network)
  const size = (name: string): number => elementCount(shapes.get(name)!)
  const kept = firstReaders(network)
  const consumed = lastConsumers(network)
  const live = network.layers.map((_, now) => {
    let total = 0
    for (const [name, reader] of kept) if (reader <= now) total += size(name)
    network.layers.forEach((layer, index) => {
      if (index > now) return
      if (factsOf(layer).keepsMask) total += size(layer.name)
      if (now <= (consumed.get(layer.name) ?? network.layers.length)) total += size(layer.name)
    })
    return total
  })
  return Math.max(0, ...live)
}

/** Outputs (and `input`) that gradients read, each with the position of the first layer whose gradient does. */
function firstReaders(network: Network): ReadonlyMap<string, number> {
  const owner = storage(network)
  const readers = new Map<string, number>()
  network.layers.forEach((layer, index) => {
    for (const name of factsOf(layer).gradientReads(layer).map(owner))
      if (!readers.has(name)) readers.set(name, index)
  })
  return readers
}

function lastConsumers(network: Network): ReadonlyMap<string, number> {
  const consumers = new Map<string, number>()
  network.layers.forEach(({ inputs }, index) => inputs.forEach((name) => consumers.set(name, index)))
  return consumers
}

/** Flattening copies nothing: its output is its input's memory. */
function storage(network: Network): (name: string) => string {
  const owners = new Map<string, string>()
  const owner = (name: string): string => owners.get(name) ?? name
  for (const layer of network.layers)
    if (factsOf(layer).isView) owners.set(layer.name, owner(layer.inputs[0]!))
  return owner
}
