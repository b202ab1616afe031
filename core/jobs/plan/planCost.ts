import type { Duration } from '../../training/duration.ts'
import type { RunStatus } from '../../registry/types.ts'
import { rounds, survivors, type Halving } from './sweepNext.ts'

/** What a whole run is expected to take, in seconds. */
export type ExpectedRun = Pick<Duration, 'total' | 'epoch' | 'start'>

/**
 * Seconds that a plan takes: all of its runs, or what successive halving leaves of them, with a start for each round.
 * Null where it is not known of a run.
 * @param epochs of a whole run
 */
export function planSeconds(
  runs: readonly (ExpectedRun | null)[],
  halving: Halving | null,
  epochs: number,
): number | null {
  const known = runs.filter((run) => run !== null)
  if (known.length < runs.length) return null
  const sum = (of: (run: ExpectedRun) => number): number => known.reduce((total, run) => total + of(run), 0)
  const compared = rounds(halving, epochs)
  if (halving === null || compared.length === 0) return sum(({ total }) => total)
  const mean = {
    epoch: sum(({ epoch }) => epoch) / runs.length,
    start: sum(({ start }) => start) / runs.length,
  }
  // Which are trained further is not known before: the mean of all stands for them.
  const counts = [runs.length, ...survivors(runs.length, halving, compared.length)]
  const ends = [...compared, epochs]
  return counts.reduce((total, count, round) => {
    const passed = ends[round]! - (ends[round - 1] ?? 0)
    return total + count * (mean.start + passed * mean.epoch)
  }, 0)
}

/**
 * Seconds of what is expected that a plan's runs stand for, as far as they have come. One that failed is done with.
 * @param runs by step; null where there is none
 */
export function doneSeconds(
  expected: readonly ExpectedRun[],
  runs: readonly ({ readonly status: RunStatus; readonly epochs: number } | null)[],
): number {
  return runs.reduce((sum, run, step) => {
    const { total, start, epoch } = expected[step]!
    if (run === null) return sum
    const isEnded = run.status === 'completed' || run.status === 'failed'
    return sum + (isEnded ? total : Math.min(total, run.epochs === 0 ? 0 : start + run.epochs * epoch))
  }, 0)
}
