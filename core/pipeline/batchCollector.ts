import type { LoadResult } from './messages.ts'

/** Where the outcomes of a plan's images arrive, in any order, and are collected into micro-batches. */
export interface BatchCollector {
  accept(outcome: LoadResult): void
  /** Waits for all images of a micro-batch; their outcomes by index. Rejects after `fail`. */
  batch(number: number): Promise<readonly LoadResult[]>
  fail(error: Error): void
}

export function openBatchCollector(total: number, microBatch: number): BatchCollector {
  const arrived = new Map<number, LoadResult[]>()
  let failure: Error | undefined
  let wake: (() => void) | undefined

  const take = (number: number): LoadResult[] | undefined => {
    const size = Math.min(microBatch, total - number * microBatch)
    const outcomes = arrived.get(number)
    if (outcomes?.length !== size) return undefined
    arrived.delete(number)
    return outcomes.sort((a, b) => a.index - b.index)
  }

  return {
    accept(outcome) {
      const number = Math.floor(outcome.index / microBatch)
      const outcomes = arrived.get(number)
      if (outcomes) outcomes.push(outcome)
      else arrived.set(number, [outcome])
      wake?.()
    },
    async batch(number) {
      for (;;) {
        if (failure) throw failure
        const outcomes = take(number)
        if (outcomes) return outcomes
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    fail(error) {
      failure ??= error
      wake?.()
    },
  }
}
