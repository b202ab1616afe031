import { random } from '../../base/random.ts'
import type { Interval } from '../types.ts'

/** Positions of images that are resampled together: near-duplicates are no independent evidence. */
export type Clusters = readonly (readonly number[])[]

/** Purpose of the random stream (see base/random.ts), so that no other draw is the same. */
const purpose = 0x626f6f74

/** Draws for the images of one evaluation; the same for the same seed. */
export interface Resampling {
  readonly seed: number
  readonly resamples: number
}

/** Number of resamples that take about a second, and never fewer than 1,000. */
export function defaultResampling(clusters: number, most = 10_000): Resampling {
  return { seed: 0, resamples: Math.max(1000, Math.min(most, Math.floor(1e8 / Math.max(1, clusters)))) }
}

/**
 * Groups restricted to the images that are there, and each other image alone.
 * @param groups disjoint groups of positions in the data set
 * @param positions of the images, in their order; what comes back holds indices into them
 */
export function clustersOf(groups: Clusters, positions: ArrayLike<number>): Clusters {
  const indices = new Map(Array.from(positions, (position, index) => [position, index] as const))
  const together = groups
    .map((group) => group.flatMap((position) => indices.get(position) ?? []))
    .filter((group) => group.length > 1)
  const grouped = new Set(together.flat())
  const alone = [...indices.values()].filter((index) => !grouped.has(index)).map((index) => [index])
  return [...together, ...alone]
}

/** How many clusters are of two images and more, and the images in these. */
export function groupsIn(clusters: Clusters): { readonly groups: number; readonly grouped: number } {
  const together = clusters.filter((cluster) => cluster.length > 1)
  return { groups: together.length, grouped: together.flat().length }
}

/** Clusters drawn with replacement, as many as there are: how often each one came. Reuses its array. */
export function* bootstrapDraws(clusters: number, { seed, resamples }: Resampling): Generator<Uint16Array> {
  const counts = new Uint16Array(clusters)
  for (let round = 0; round < resamples; round++) {
    const source = random(seed, purpose, round)
    counts.fill(0)
    for (let drawn = 0; drawn < clusters; drawn++) counts[source.integer(clusters)]!++
    yield counts
  }
}

/** Linear between order statistics (Hyndman & Fan's type 7, as numpy's). @param sorted ascending, not empty */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
  const part = at - below
  return part >= 0.5 ? high - (high - low) * (1 - part) : low + (high - low) * part
}

/** 2.5th to 97.5th percentile. */
export function percentileInterval(values: Float64Array): Interval {
  const sorted = values.toSorted()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}
