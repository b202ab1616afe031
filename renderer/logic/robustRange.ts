/** One in this many values may lie outside of what is shown. */
const perOutlier = 50
/** An outlier would leave the others less than this share of the height. */
const leastShare = 0.25
/** With fewer values none is left out at the lower end: losses explode upwards. */
const manyPoints = 12
/** A value this many times as far from the least as the next smaller one. */
const explosion = 100

/**
 * The range in which a curve is shown: all of it, unless a few values (one in fifty, at least one) lie so far away that they
 * would flatten the others. Null where there is nothing to show.
 */
export function robustRange(
  values: readonly (number | null | undefined)[],
): [low: number, high: number] | null {
  const sorted = values
    .filter((value) => value != null && Number.isFinite(value))
    .sort((a, b) => a! - b!) as number[]
  if (sorted.length === 0) return null
  const [least, most] = [sorted[0]!, sorted.at(-1)!]
  if (sorted.length < 4) return [least, most]
  const few = Math.max(1, Math.floor(sorted.length / perOutlier))
  const [above, below] = [exploding(sorted, few), sorted.length < manyPoints ? 0 : few]
  const [low, high] = [sorted[below]!, sorted[sorted.length - 1 - above]!]
  const middle = high - low
  const isFar = (distance: number): boolean => middle > 0 && middle + distance > middle / leastShare
  return [isFar(low - least) ? low - middle / 4 : least, isFar(most - high) ? high + middle / 4 : most]
}

/** How many of the largest values to leave out: more than a few where they grow by powers, as in a training that diverges. */
function exploding(sorted: readonly number[], few: number): number {
  const least = sorted[0]!
  let count = few
  for (; count < sorted.length / 2; count++) {
    const [largest, next] = [sorted.at(-1 - count)!, sorted.at(-2 - count)!]
    if (largest - least <= explosion * (next - least)) break
  }
  return count
}
