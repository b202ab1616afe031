/**
 * How threads share out the images of a plan among themselves without asking the consumer's thread, which is blocked
 * for seconds inside a training step: each takes the next index from shared memory, and waits while the image's
 * micro-batch is further ahead than the memory for finished ones reaches.
 */
export interface Queue {
  /** [index to take next; micro-batches that the consumer is done with, −1 when it wants no more; threads at work]. */
  readonly state: Int32Array
  /** Images in all. */
  readonly total: number
  readonly microBatch: number
  /** Micro-batches that there is memory for. */
  readonly slots: number
}

const NEXT = 0
const RELEASED = 1
const WORKING = 2
const CLOSED = -1

/** @param imageBytes size of a finished image */
export function openBatchQueue(total: number, microBatch: number, imageBytes: number): Queue {
  const slots = slotCount(total, microBatch, imageBytes)
  return { state: new Int32Array(new SharedArrayBuffer(12)), total, microBatch, slots }
}

/** Calls `work` with the index of each image that falls to this thread. */
export async function drain(queue: Queue, work: (index: number) => Promise<void>): Promise<void> {
  Atomics.add(queue.state, WORKING, 1)
  try {
    for (let index = await take(queue); index !== null; index = await take(queue)) await work(index)
  } finally {
    Atomics.sub(queue.state, WORKING, 1)
  }
}

/** The index of the next image to load, when there is memory for it; null when nothing is left to do. */
async function take({ state, total, microBatch, slots }: Queue): Promise<number | null> {
  const index = Atomics.add(state, NEXT, 1)
  if (index >= total) return null
  const batch = Math.floor(index / microBatch)
  for (;;) {
    const released = Atomics.load(state, RELEASED)
    if (released === CLOSED) return null
    if (batch < released + slots) return index
    const change = Atomics.waitAsync(state, RELEASED, released)
    if (change.async) await change.value
  }
}

/** The consumer's: the oldest micro-batch's memory may be overwritten. */
export function release(queue: Queue): void {
  if (isClosed(queue)) return
  Atomics.add(queue.state, RELEASED, 1)
  Atomics.notify(queue.state, RELEASED)
}

/** The consumer's: no more images are wanted. */
export function close({ state }: Queue): void {
  Atomics.store(state, RELEASED, CLOSED)
  Atomics.notify(state, RELEASED)
}

export function isClosed({ state }: Queue): boolean {
  return Atomics.load(state, RELEASED) === CLOSED
}

/** Whether no thread will touch the memory of a closed queue any more. */
export function isAbandoned({ state }: Queue): boolean {
  return Atomics.load(state, RELEASED) === CLOSED && Atomics.load(state, WORKING) === 0
}

/** Memory for micro-batches that wait for the consumer, and how many images they are at most. */
const aheadBytes = 64 * 2 ** 20
const aheadImages = 256

/** Bytes of the micro-batches that wait for the consumer. @param imageBytes size of a finished image */
export const aheadMemory = (total: number, microBatch: number, imageBytes: number): number =>
  slotCount(total, microBatch, imageBytes) * microBatch * imageBytes

/** Micro-batches to have memory for: the one that the consumer reads, and at least one ahead. */
function slotCount(total: number, microBatch: number, imageBytes: number): number {
  const byBytes = Math.floor(aheadBytes / (microBatch * imageBytes))
  const byCount = Math.ceil(aheadImages / microBatch)
  return Math.min(Math.ceil(total / microBatch), 1 + Math.max(1, Math.min(byBytes, byCount)))
}
