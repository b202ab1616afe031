import { availableParallelism } from 'node:os'
import { throwIfAborted } from '../base/errors.ts'

/**
 * Runs `work` for every item, as many at once as there are cores, begun in order; results in order.
 * After the first failure, or an abort (StudioError `canceled`), nothing more is begun.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let failed = false
  async function worker(): Promise<void> {
    while (next < items.length && !failed) {
      const index = next++
      try {
        throwIfAborted(signal)
        results[index] = await work(items[index]!, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(items.length, availableParallelism()) }, worker))
  return results
}
