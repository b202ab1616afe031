import { trainingMemory } from '../network/trainingMemory.ts'
import type { Network } from '../network/types.ts'

export interface MicroBatch {
  /** Images per forward and backward pass, 1 … batchSize. */
  readonly size: number
  /** Estimated bytes for training with it. */
  readonly needed: number
  readonly available: number
  /** False: even one image at a time may be too much. */
  readonly fits: boolean
}

/** Larger ones make a CPU step no faster, and cost memory. */
const efficient = 32
/** The rest is for what the estimate does not know: convolution scratch, decoded images, other programs. */
const usableShare = 0.8

/**
 * The micro-batch for a batch: `wanted`, or the largest that memory allows and that is worth it, one that divides the
 * batch where that costs less than half of it.
 */
export function chooseMicroBatch(
  network: Network,
  batchSize: number,
  wanted: number | 'auto',
  available: number,
): MicroBatch {
  const fitting = largestFitting(network, available * usableShare)
  const size =
    wanted === 'auto'
      ? evenPart(batchSize, Math.max(1, Math.min(fitting, efficient)))
      : Math.min(wanted, batchSize)
  return { size, needed: neededMemory(network, size), available, fits: size <= fitting }
}

/**
 * Bytes at the worst moment of a run: the step's own (weights, gradients, momentum, activations), and at an epoch's
 * end a copy of weights and momentum for the checkpoint, and the weights once more for validation.
 */
export function neededMemory(network: Network, microBatch: number): number {
  const memory = trainingMemory(network, microBatch)
  return memory.total + 2 * memory.parameters + memory.momentum
}

function largestFitting(network: Network, bytes: number): number {
  const fixed = neededMemory(network, 0)
  const perImage = neededMemory(network, 1) - fixed
  return Math.max(0, Math.floor((bytes - fixed) / perImage))
}

/** The largest divisor of `whole` up to `most`, or where that is below half of it, a part as even as can be. */
function evenPart(whole: number, most: number): number {
  const limit = Math.min(whole, most)
  for (let part = limit; part * 2 > limit; part--) if (whole % part === 0) return part
  return Math.ceil(whole / Math.ceil(whole / limit))
}
