import { aheadMemory } from '../pipeline/queue.ts'

/** Bytes of a training's process besides its engine, and of each thread that decodes. */
const [process, thread] = [60e6, 45e6]

interface Reading {
  readonly images: { readonly train: number; readonly validation: number }
  readonly microBatch: number
  /** Pixels. */
  readonly crop: number
  readonly decodeThreads: number
}

/** Bytes of main memory that a training takes to read its images, beside what its engine takes: threads, what waits. */
export function readingMemory({ images, microBatch, crop, decodeThreads }: Reading): number {
  const ahead = (count: number): number => (count === 0 ? 0 : aheadMemory(count, microBatch, 12 * crop ** 2))
  return process + thread * decodeThreads + ahead(images.train) + ahead(images.validation)
}
