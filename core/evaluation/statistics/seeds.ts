import type { Interval } from '../types.ts'
import { studentQuantile } from './student.ts'

/** Several trained networks of one setting, which differ by their seed alone. */
export interface Spread {
  readonly n: number
  readonly mean: number
  /** Sample standard deviation (n − 1); null for a single one. */
  readonly deviation: number | null
}

/** Two settings, each by its seeds. */
export interface SettingDifference {
  readonly first: Spread
  readonly second: Spread
  /** Mean error of the first minus that of the second: positive where the second is better. */
  readonly difference: number
  /** 95%, Welch's (1947): spreads may differ. Null where a setting has a single seed, or no spread at all. */
  readonly interval: Interval | null
  readonly degreesOfFreedom: number | null
}

export function spreadOf(values: readonly number[]): Spread {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { n, mean, deviation: n < 2 ? null : Math.sqrt(squares / (n - 1)) }
}

/** How the settings differ, as far as their seeds tell: about training with them, not about single networks. */
export function settingDifference(first: readonly number[], second: readonly number[]): SettingDifference {
  const [a, b] = [spreadOf(first), spreadOf(second)]
  const difference = a.mean - b.mean
  const parts = [a, b].map(({ n, deviation }) => (deviation === null ? null : deviation ** 2 / n))
  const [left, right] = parts
  if (left == null || right == null || left + right === 0) {
    return { first: a, second: b, difference, interval: null, degreesOfFreedom: null }
  }
  const degreesOfFreedom = (left + right) ** 2 / (left ** 2 / (a.n - 1) + right ** 2 / (b.n - 1))
  const half = studentQuantile(0.975, degreesOfFreedom) * Math.sqrt(left + right)
  return {
    first: a,
    second: b,
    difference,
    interval: { low: difference - half, high: difference + half },
    degreesOfFreedom,
  }
}
