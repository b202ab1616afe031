import type { Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'

/** Successive halving: all settings train for the first epochs, of which one in `factor` is trained for `factor` times as many. */
export interface Halving {
  /** 2 or more. */
  readonly factor: number
  /** Epochs of the first round. */
  readonly first: number
}

/** What a step of a sweep has come to. */
export interface StepProgress {
  readonly run: Pick<Run, 'id' | 'status'> | null
  /** Epochs of its run, in their order. */
  readonly records: readonly Pick<EpochRecord, 'epoch' | 'validation' | 'trainingLoss'>[]
}

/** What a sweep does next: a step's run, as far as an epoch (null: to its end). */
export interface NextStretch {
  readonly step: number
  readonly until: number | null
}

/**
 * Epochs after which settings are compared: `{factor: 3, first: 2}` of 20 epochs → 2, 6, 18; without halving, or with a
 * first round as long as the run, none.
 */
export function rounds(halving: Halving | null, epochs: number): readonly number[] {
  const found: number[] = []
  if (halving !== null)
    for (let round = halving.first; round < epochs; round *= halving.factor) found.push(round)
  return found
}

/** How many continue after each round: `survivors(9, {factor: 3, …}, 2)` → 3, 1; at least one. */
export function survivors(count: number, { factor }: Halving, compared: number): readonly number[] {
  return Array.from({ length: compared }, (_, round) => Math.max(1, Math.ceil(count / factor ** (round + 1))))
}

/**
 * The first step of the current round that has not come as far; null after the last. It follows from runs and epochs
 * alone, so that a sweep that was killed continues with the same ones. A run that failed is out, and is no reason to end.
 * @param epochs of a whole run
 */
export function nextStretch(
  tried: readonly StepProgress[],
  halving: Halving | null,
  epochs: number,
): NextStretch | null {
  let standing = tried.map((_, step) => step)
  const compared = rounds(halving, epochs)
  const numbers = halving === null ? [] : survivors(tried.length, halving, compared.length)
  for (const [round, until] of compared.entries()) {
    const step = standing.find((one) => !hasReached(tried[one]!, until))
    if (step !== undefined) return { step, until }
    standing = ranked(tried, standing, until).slice(0, numbers[round])
  }
  const step = standing.find((one) => !hasReached(tried[one]!, Infinity))
  return step === undefined ? null : { step, until: null }
}

function hasReached({ run, records }: StepProgress, epoch: number): boolean {
  if (run === null) return false
  return run.status === 'completed' || run.status === 'failed' || (records.at(-1)?.epoch ?? 0) >= epoch
}

/** By the best validation error of the epochs up to one, then by loss; in their order where both are the same. */
function ranked(tried: readonly StepProgress[], steps: readonly number[], until: number): readonly number[] {
  const scores = new Map(steps.map((step) => [step, scoreOf(tried[step]!, until)]))
  return steps.toSorted((a, b) => {
    const [one, other] = [scores.get(a)!, scores.get(b)!]
    return one.error - other.error || one.loss - other.loss || a - b
  })
}

function scoreOf(
  { run, records }: StepProgress,
  until: number,
): { readonly error: number; readonly loss: number } {
  const worst = { error: 1, loss: Number.MAX_VALUE }
  if (run?.status === 'failed') return worst
  return records
    .filter(({ epoch, validation }) => epoch <= until && validation !== null)
    .map(({ validation }) => ({ error: validation!.top1Error, loss: validation!.loss }))
    .reduce((a, b) => (b.error < a.error || (b.error === a.error && b.loss < a.loss) ? b : a), worst)
}
