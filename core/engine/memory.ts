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
  /** As much again as the activations (see network/trainingMemory.ts): scratch, what is not freed at once. */
  readonly scratch: number
  /** Further copies where an update consists of several micro-batches. */
  readonly accumulating: number
  /** Further copies at an epoch's end: the state for the checkpoint, the network that validates. */
  readonly epochEnd: number
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
  const workspace = Math.round(model.base + copies * parameters + model.scratch * activations)
  const epochEnd = Math.round(model.epochEnd * parameters)
  return {
    ...{ parameters, gradients, momentum, activations, workspace, epochEnd },
    step: total + workspace,
    total: total + workspace + epochEnd,
  }
}
