import { trainingMemory } from '../network/trainingMemory.ts'
import type { Network } from '../network/types.ts'
import type { MemoryEstimate } from './types.ts'

/**
 * What an engine takes beside what any engine has to hold. Where it says `measured`, the numbers come from
 * test/reference/trainingMemory.ts, which gives them anew after an engine has changed.
 */
export interface MemoryModel {
  /** Bytes of the program itself, before there is a network. */
  readonly base: number
  /** Copies of the weights besides the weights, their gradients and their momentum. */
  readonly copies: number
  /** Of the activations (see network/trainingMemory.ts), on top of them: scratch, what is not freed at once. */
  readonly scratch: number
  /** The same for a network with batch normalization. */
  readonly normalized: number
  /** Further copies where an update consists of several micro-batches. */
  readonly accumulating: number
  /** Further copies at an epoch's end, and a part of the activations: checkpoint's state, network that validates. */
  readonly epochEnd: { readonly copies: number; readonly activations: number }
}

/** Bytes that training takes by a model, in full and what for. */
export function estimateMemory(
  model: MemoryModel,
  network: Network,
  microBatch: number,
  accumulates: boolean,
): MemoryEstimate {
  const { parameters, gradients, momentum, activations, total } = trainingMemory(network, microBatch)
  const copies = model.copies + (accumulates ? model.accumulating : 0)
  const isNormalized = network.layers.some(({ kind }) => kind === 'batchNorm')
  const scratch = isNormalized ? model.normalized : model.scratch
  const workspace = Math.round(model.base + copies * parameters + scratch * activations)
  const epochEnd = Math.round(model.epochEnd.copies * parameters + model.epochEnd.activations * activations)
  return {
    ...{ parameters, gradients, momentum, activations, workspace, epochEnd },
    step: total + workspace,
    total: total + workspace + epochEnd,
  }
}
