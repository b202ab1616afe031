import { pixelRange, sideOf, type LoadResult, type LoadPlan } from './messages.ts'
import { isAbandoned, type Queue } from './queue.ts'
import type { Item, LoadedBatch } from './types.ts'

/** Shared memory for micro-batches, used again from plan to plan: collecting it takes V8 several epochs. */
export interface SlotMemory {
  take(bytes: number): SharedArrayBuffer
  /** Returns the memory to a later plan, once the threads have left `queue`. */
  giveBack(buffer: SharedArrayBuffer, queue: Queue): void
}

/** A training and a validation plan in turns. */
const keptBuffers = 2

export function openSlotMemory(): SlotMemory {
  const kept: { readonly buffer: SharedArrayBuffer; readonly queue: Queue }[] = []
  return {
    take(bytes) {
      const found = kept.findIndex(({ buffer, queue }) => buffer.byteLength >= bytes && isAbandoned(queue))
      return found < 0 ? new SharedArrayBuffer(bytes) : kept.splice(found, 1)[0]!.buffer
    },
    giveBack(buffer, queue) {
      kept.push({ buffer, queue })
      if (kept.length > keptBuffers) kept.shift()
    },
  }
}

/** What the consumer gets of a micro-batch whose images have all come. */
export function assemble(
  items: readonly Item[],
  plan: LoadPlan,
  results: readonly LoadResult[],
  waited: number,
): LoadedBatch {
  const positions = Uint32Array.from(results, ({ index }) => plan.order[plan.from + index]!)
  const failures = results.flatMap(({ failure }, index) => {
    const position = positions[index]!
    return failure === null ? [] : [{ position, path: items[position]!.path, reason: failure }]
  })
  const labels = Int32Array.from(positions, (position) => items[position]!.label)
  return { images: imagesOf(plan, results), labels, items: positions, failures, waited }
}

function imagesOf(plan: LoadPlan, results: readonly LoadResult[]): LoadedBatch['images'] {
  const { index } = results[0]!
  const side = sideOf(plan.task)
  const { start, size } = pixelRange(plan, index)
  const length = results.length * size
  const data = plan.pixels ? plan.pixels.subarray(start, start + length) : new Float32Array(length)
  return { shape: [results.length, 3, side, side], data }
}
