import type { ErrorFact } from '../base/errors.ts'
import type { SharedCache } from './cacheFolder.ts'
import type { RgbImage } from '../image/types.ts'
import type { Queue } from './queue.ts'
import type { SharedStrings } from './sharedStrings.ts'
import type { Augmentation, Normalization, Rendition, View } from './types.ts'

/** What a decode thread is started with. */
export interface WorkerSetup {
  readonly paths: SharedStrings
  /** Hashes of the content; '' where unknown. */
  readonly hashes: SharedStrings
  readonly normalization: Normalization
  readonly cache: SharedCache | null
}

/** What is made of an image. */
export type LoadTask =
  | {
      readonly kind: 'training'
      readonly augmentation: Augmentation
      readonly seed: number
      readonly epoch: number
    }
  | View
  | { readonly kind: 'renditions'; readonly renditions: readonly Rendition[] }

/** Images to load, sent to every thread: they share them out among themselves. */
export interface LoadPlan {
  readonly id: number
  readonly task: LoadTask
  readonly queue: Queue
  /** Positions in the item list, in shared memory; image i of the queue is the one at place from + i. */
  readonly order: Uint32Array
  readonly from: number
  /** Shared memory of queue.slots micro-batches; null for renditions, whose pixels travel with the result. */
  readonly pixels: Float32Array | null
}

export type WorkerRequest = { readonly kind: 'load'; readonly plan: LoadPlan } | { readonly kind: 'stop' }

/** Sent by a thread for each image. */
export interface LoadResult {
  readonly plan: number
  /** Index in the queue. */
  readonly index: number
  /** Why the image could not be loaded. */
  readonly failure: ErrorFact | null
  /** What does not go into the plan's `pixels`, since sizes differ. */
  readonly renditions: readonly RgbImage[]
}

/** Side of the square images that a plan yields into shared memory. */
export function sideOf(work: LoadTask): number {
  if (work.kind === 'renditions') return 0
  return work.kind === 'center' ? work.crop : work.augmentation.crop
}

/** Bytes of what is made of an image, about. */
export function imageBytes(work: LoadTask): number {
  if (work.kind !== 'renditions') return 4 * 3 * sideOf(work) ** 2
  // Whole images are mostly up to one and a half times as long as wide.
  return (
    3 *
    work.renditions.reduce(
      (sum, { scale, square }) => sum + (square ? square.side ** 2 : 1.5 * scale ** 2),
      0,
    )
  )
}

/** Where in `pixels` an image of the queue lies, in floats: the slots are taken in turns. */
export function pixelRange({ task: work, queue }: LoadPlan, index: number): { start: number; size: number } {
  const size = 3 * sideOf(work) ** 2
  return { start: (index % (queue.slots * queue.microBatch)) * size, size }
}
