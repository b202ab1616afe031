import type { Engine, MemoryEstimate, MemoryOptions } from '../engine/types.ts'
import type { Network } from '../network/types.ts'

/** Where a run computes, as far as memory goes. */
export interface MemoryPlace extends Pick<MemoryOptions, 'device' | 'precision'> {
  readonly engine: Pick<Engine, 'memory'>
  /** Bytes that are to be had there, see availableMemory. */
  readonly available: number
}

export interface MicroBatch {
  /** Images per forward and backward pass, 1 … batchSize. */
  readonly size: number
  /** Estimated bytes for training with it, at the worst moment of a run. */
  readonly needed: number
  /** What of them is for what. */
  readonly estimate: MemoryEstimate
  readonly available: number
  /** False: even one image at a time may be too much. */
  readonly fits: boolean
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
  place: MemoryPlace,
): MicroBatch {
  const estimateFor = (size: number): MemoryEstimate => neededMemory(network, size, batchSize, place)
  const fitting = (size: number): boolean => estimateFor(size).total <= place.available * usableShare
  const size =
    wanted === 'auto' ? evenPart(batchSize, largest(batchSize, fitting)) : Math.min(wanted, batchSize)
  const estimate = estimateFor(size)
  return { size, needed: estimate.total, estimate, available: place.available, fits: fitting(size) }
}

/** What a run takes on its device with so many of a batch's images at once. */
export function neededMemory(
  network: Network,
  microBatch: number,
  batchSize: number,
  { engine, device, precision }: MemoryPlace,
): MemoryEstimate {
  return engine.memory(network, microBatch, {
    ...(device !== undefined && { device }),
    ...(precision !== undefined && { precision }),
    accumulates: microBatch < batchSize,
  })
}

function largest(batchSize: number, fitting: (size: number) => boolean): number {
  for (let size = Math.min(batchSize, efficient); size > 1; size--) if (fitting(size)) return size
  return 1
}

/** The largest divisor of `whole` up to `most`, or where that is below half of it, a part as even as can be. */
function evenPart(whole: number, most: number): number {
  const limit = Math.min(whole, most)
  for (let part = limit; part * 2 > limit; part--) if (whole % part === 0) return part
  return Math.ceil(whole / Math.ceil(whole / limit))
}
