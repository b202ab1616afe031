import type { Outcome } from './messages.ts'

/** Where the outcomes of a plan's images arrive, in any order, and are collected into micro-batches. */
export interface Reception {
  accept(outcome: Outcome): void
  /** Waits for all images of a micro-batch; their outcomes by index. Rejects after `fail`. */
  batch(number: number): Promise<readonly Outcome[]>
  fail(error: Error): void
}

export function openReception(total: number, microBatch: number): Reception {
  const arrived = new Map<number, Outcome[]>()
  let failure: Error | undefined
  let wake: (() => void) | undefined

  const take = (number: number): Outcome[] | undefined => {
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
