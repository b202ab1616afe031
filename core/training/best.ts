import type { Best, EpochRecord, Validation } from './events.ts'

/** Whether an epoch is better than the best so far: a lower top-1 error, or the same with a lower loss. */
export function isBetter(
  { top1Error, loss }: Validation,
  best: Pick<Best, 'top1Error' | 'loss'> | null,
): boolean {
  return best === null || top1Error < best.top1Error || (top1Error === best.top1Error && loss < best.loss)
}

/** The best of a run's epochs; null without validation. The registry's `epochs.summary` sorts by the same rule. */
export function bestEpoch(epochs: readonly EpochRecord[]): (Validation & { readonly epoch: number }) | null {
  return epochs.reduce<ReturnType<typeof bestEpoch>>(
    (best, { epoch, validation }) =>
      validation !== null && isBetter(validation, best) ? { epoch, ...validation } : best,
    null,
  )
}
