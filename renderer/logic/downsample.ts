/**
 * Thins a curve for drawing. Each bucket keeps its lowest and highest point of every series, in order, and the first
 * and the last point stay: no extreme is ever lost, so neither is the best point.
 * @param x ascending
 * @param series columns as long as x; null where there is no value
 * @param points wanted at most, about
 * @returns indices to keep, ascending
 */
export function keptIndices(
  x: ArrayLike<number>,
  series: readonly ArrayLike<number | null | undefined>[],
  points: number,
): number[] {
  const length = x.length
  if (length <= points || series.length === 0) return Array.from({ length }, (_, index) => index)
  const buckets = Math.max(1, Math.floor((points - 2) / (2 * series.length)))
  const kept = new Set<number>([0, length - 1])
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * length) / buckets)
    const to = Math.floor(((bucket + 1) * length) / buckets)
    for (const values of series) addExtremes(kept, values, from, to)
  }
  return [...kept].sort((a, b) => a - b)
}

function addExtremes(
  kept: Set<number>,
  values: ArrayLike<number | null | undefined>,
  from: number,
  to: number,
): void {
  let [lowest, highest] = [-1, -1]
  for (let index = from; index < to; index++) {
    const value = values[index]
    if (value == null || Number.isNaN(value)) continue
    if (lowest < 0 || value < values[lowest]!) lowest = index
    if (highest < 0 || value > values[highest]!) highest = index
  }
  if (lowest >= 0) kept.add(lowest).add(highest)
}

/** The columns at these indices. */
export const valuesAt = <Value>(values: ArrayLike<Value>, indices: readonly number[]): Value[] =>
  indices.map((index) => values[index]!)
