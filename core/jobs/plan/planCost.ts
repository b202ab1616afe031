import type { Duration } from '../../training/duration.ts'
import { rounds, survivors, type Halving } from './sweepNext.ts'

type Expected = Pick<Duration, 'total' | 'epoch' | 'start'>

/**
 * Seconds that a plan takes: all of its runs, or what successive halving leaves of them, with a start for each round.
 * Null where it is not known of a run.
 * @param epochs of a whole run
 */
export function planSeconds(
  runs: readonly (Expected | null)[],
  halving: Halving | null,
  epochs: number,
): number | null {
  const known = runs.filter((run) => run !== null)
  if (known.length < runs.length) return null
  const sum = (of: (run: Expected) => number): number => known.reduce((total, run) => total + of(run), 0)
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
