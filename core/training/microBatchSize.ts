import type { Engine, MemoryEstimate, MemoryOptions } from '../engine/types.ts'
import type { Network } from '../network/types.ts'

/** Where a run computes, as far as memory goes. */
export interface MemoryContext extends Pick<MemoryOptions, 'device' | 'precision' | 'split'> {
  readonly engine: Pick<Engine, 'memory' | 'supports'>
  /** Bytes that are to be had there, see availableMemory. */
  readonly available: number
}

export interface MicroBatchSize {
  /** Images per forward and backward pass, 1 … batchSize. */
  readonly size: number
  /** Estimated bytes for training with it, at the worst moment of a run. */
  readonly needed: number
  /** The part of them that each purpose takes. */
  readonly estimate: MemoryEstimate
  readonly available: number
  /** False: even one image at a time may be too much. */
  readonly fits: boolean
  /** Whether the engine can process this many at once there. */
  readonly isSupported: boolean
}

/** What a run begins with. */
export interface FirstMicroBatchSize extends MicroBatchSize {
  /** The one that was asked for, where it is beyond what is available; else null. */
  readonly beyond: MicroBatchSize | null
}

/** Larger ones make a step no faster, and cost memory. */
const efficient = 32
/** The rest is for what the estimate does not know: decoded images, other programs, its own error. */
const usableShare = 0.8

/**
 * The micro-batch for a batch: `wanted`, or the largest that memory allows and that is worth it, one that divides the
 * batch where that costs less than half of it.
 */
export function chooseMicroBatch(
  network: Network,
  batchSize: number,
  wanted: number | 'auto',
  context: MemoryContext,
): MicroBatchSize {
  const judge = (size: number): MicroBatchSize => judged(network, size, batchSize, context)
  return wanted === 'auto' ? fitting(batchSize, efficient, judge) : judge(Math.min(wanted, batchSize))
}

/**
 * The micro-batch that a new run begins with: as chooseMicroBatch, but where `wanted` is beyond what is available, the
 * largest below it that fits, or 1. Systems do not refuse memory that they lack, they end the process: nothing could be
 * halved then.
 */
export function firstMicroBatch(
  network: Network,
  batchSize: number,
  wanted: number | 'auto',
  context: MemoryContext,
): FirstMicroBatchSize {
  const chosen = chooseMicroBatch(network, batchSize, wanted, context)
  if (wanted === 'auto' || chosen.size === 1 || (chosen.isSupported && chosen.needed <= context.available)) {
    return { ...chosen, beyond: null }
  }
  const judge = (size: number): MicroBatchSize => judged(network, size, batchSize, context)
  const lower = fitting(batchSize, chosen.size, judge)
  // A part of a batch may take more than the whole, which needs no sums.
  return lower.needed < chosen.needed ? { ...lower, beyond: chosen } : { ...chosen, beyond: null }
}

function judged(network: Network, size: number, batchSize: number, context: MemoryContext): MicroBatchSize {
  const { available, engine, device } = context
  const estimate = neededMemory(network, size, batchSize, context)
  const { total: needed } = estimate
  const isSupported =
    engine.supports(network, { ...(device !== undefined && { device }), microBatch: size }) === null
  return { size, needed, estimate, available, fits: needed <= available * usableShare, isSupported }
}

/** The largest that fits, `most` at most, or a little less that divides the batch; 1 where none does. */
function fitting(batchSize: number, most: number, judge: (size: number) => MicroBatchSize): MicroBatchSize {
  const size = largest(Math.min(batchSize, most), (one) => {
    const { fits, isSupported } = judge(one)
    return fits && isSupported
  })
  return judge(evenPart(batchSize, size))
}

/** What a run takes on its device with this many of a batch's images at once. */
export function neededMemory(
  network: Network,
  microBatch: number,
  batchSize: number,
  { engine, device, precision, split }: MemoryContext,
): MemoryEstimate {
  return engine.memory(network, microBatch, {
    ...(device !== undefined && { device }),
    ...(precision !== undefined && { precision }),
    ...(split && { split }),
    accumulates: microBatch < batchSize,
  })
}

/** Memory grows with the size, but for the last: a whole batch needs no sums of several micro-batches. */
function largest(most: number, fits: (size: number) => boolean): number {
  if (fits(most)) return most
  let [low, high] = [1, most]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}

/** The largest divisor of `whole` up to `most`, or where that is below half of it, a part as even as can be. */
function evenPart(whole: number, most: number): number {
  const limit = Math.min(whole, most)
  for (let part = limit; part * 2 > limit; part--) if (whole % part === 0) return part
  return Math.ceil(whole / Math.ceil(whole / limit))
}
