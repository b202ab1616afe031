import type { LoadResult } from './messages.ts'

/** Where the results of a plan's images arrive, in any order, and are collected into micro-batches. */
export interface BatchCollector {
  accept(result: LoadResult): void
  /** Waits for all images of a micro-batch; their results by index. Rejects after `fail`. */
  batch(number: number): Promise<readonly LoadResult[]>
  fail(error: Error): void
}

export function openBatchCollector(total: number, microBatch: number): BatchCollector {
  const arrived = new Map<number, LoadResult[]>()
  let failure: Error | undefined
  let wake: (() => void) | undefined

  const take = (number: number): LoadResult[] | undefined => {
    const size = Math.min(microBatch, total - number * microBatch)
    const results = arrived.get(number)
    if (results?.length !== size) return undefined
    arrived.delete(number)
    return results.sort((a, b) => a.index - b.index)
  }

  return {
    accept(result) {
      const number = Math.floor(result.index / microBatch)
      const results = arrived.get(number)
      if (results) results.push(result)
      else arrived.set(number, [result])
      wake?.()
    },
    async batch(number) {
      for (;;) {
        if (failure) throw failure
        const results = take(number)
        if (results) return results
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    fail(error) {
      failure ??= error
      wake?.()
    },
  }
}
