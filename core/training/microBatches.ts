import { elementCount, gatherRows, type Tensor } from '../base/tensor.ts'
import type { LoadedBatch, Mixture } from '../pipeline/types.ts'

export type Failure = LoadedBatch['failures'][number]

/** Images that go through the network together: a micro-batch, or the part of one that belongs to one update. */
export interface MicroBatch {
  /** N×3×H×W; memory of the loader. Those that could not be read are left out. */
  readonly images: Tensor
  readonly labels: Int32Array
  /** Positions of its images in the list of training images. */
  readonly items: Uint32Array
  readonly mixed?: Mixture
  readonly failures: readonly Failure[]
  /** Seconds that were spent waiting for it. */
  readonly waited: number
  /** Images of the epoch's order up to and with this micro-batch, unreadable ones too. */
  readonly imagesDone: number
  readonly update: {
    /** Images of the whole update, unreadable ones too. */
    readonly images: number
    /** Index of the micro-batch in it, from 0. */
    readonly index: number
    /** Whether this micro-batch is its last. */
    readonly complete: boolean
  }
}

export interface MicroBatchPlan {
  /** Images in the epoch. */
  readonly images: number
  readonly batchSize: number
  readonly microBatch: number
  /** Images already done; the start of an update. */
  readonly from: number
}

/** Where the loader has to begin: micro-batches are counted from the epoch's start, so that resuming cuts the same. */
export function alignedStart({ from, microBatch }: Pick<MicroBatchPlan, 'from' | 'microBatch'>): number {
  return from - (from % microBatch)
}

/** Cuts micro-batches, which begin at alignedStart, at the updates' bounds. The epoch's last update may be smaller. */
export async function* microBatches(
  loaded: AsyncIterable<LoadedBatch>,
  plan: MicroBatchPlan,
): AsyncGenerator<MicroBatch, void> {
  let place = alignedStart(plan)
  let index = 0
  for await (const batch of loaded) {
    const count = batch.items.length
    let start = Math.max(0, plan.from - place)
    let waited = batch.waited
    while (start < count) {
      const bounds = updateBounds(plan, place + start)
      const end = Math.min(count, bounds.end - place)
      const complete = place + end === bounds.end
      const update = { images: bounds.end - bounds.start, index, complete }
      yield { ...readablePart(batch, start, end), waited, imagesDone: place + end, update }
      index = complete ? 0 : index + 1
      waited = 0
      start = end
    }
    place += count
  }
}

function updateBounds({ images, batchSize }: MicroBatchPlan, place: number): { start: number; end: number } {
  const start = place - (place % batchSize)
  return { start, end: Math.min(start + batchSize, images) }
}

type Readable = Pick<MicroBatch, 'images' | 'labels' | 'items' | 'mixed' | 'failures'>

/** Images start … end of a batch, less those that could not be read. */
export function readablePart(
  { images, labels, mixed, items, failures }: LoadedBatch,
  start: number,
  end: number,
): Readable {
  const size = elementCount(images.shape.slice(1))
  const shape = (count: number): number[] => [count, ...images.shape.slice(1)]
  const data = images.data.subarray(start * size, end * size)
  const all = {
    images: { shape: shape(end - start), data },
    labels: labels.subarray(start, end),
    items: items.subarray(start, end),
  }
  const places = Array.from({ length: end - start }, (_, index) => start + index)
  if (failures.length === 0) return { ...all, ...mixtureOf(mixed, places), failures }
  const failed = new Set(failures.map(({ position }) => position))
  const kept = Array.from(all.labels.keys()).filter((index) => !failed.has(items[start + index]!))
  const inPart = new Set(items.subarray(start, end))
  return {
    images: { shape: shape(kept.length), data: gatherRows(data, kept, size) },
    labels: Int32Array.from(kept, (index) => all.labels[index]!),
    items: Uint32Array.from(kept, (index) => all.items[index]!),
    ...mixtureOf(
      mixed,
      kept.map((index) => start + index),
    ),
    failures: failures.filter(({ position }) => inPart.has(position)),
  }
}

/** The part of a mixture that is of the images at these positions of a batch. */
function mixtureOf(mixed: Mixture | undefined, places: readonly number[]): { readonly mixed?: Mixture } {
  if (mixed === undefined) return {}
  const labels = Int32Array.from(places, (place) => mixed.labels[place]!)
  return { mixed: { labels, shares: Float32Array.from(places, (place) => mixed.shares[place]!) } }
}
