import { StudioError } from '../../base/errors.ts'
import type { Interval } from '../types.ts'
import { holm } from './holm.ts'
import { mcnemarExact } from './mcnemar.ts'
import {
  bootstrapDraws,
  groupsIn,
  percentileInterval,
  defaultResampling,
  type Clusters,
  type Resampling,
} from './resampling.ts'

/** Which images two trained networks get right, image by image in the same order. */
export interface Paired {
  readonly first: readonly boolean[]
  readonly second: readonly boolean[]
  /** All images once; near-duplicates in one cluster (see clustersOf). */
  readonly clusters: Clusters
}

/** How two trained networks differ on the same images. Of these networks, not of their settings. */
export interface Difference {
  readonly images: number
  readonly errors: readonly [number, number]
  /** Images that only the first, or only the second, gets right. */
  readonly onlyFirst: number
  readonly onlySecond: number
  /** Error of the first minus error of the second, −1 … 1: positive where the second is better. */
  readonly difference: number
  /** 95%, paired bootstrap (percentile). */
  readonly interval: Interval
  readonly resampling: Resampling
  /** Near-duplicate groups of two images and more among the images. */
  readonly groups: number
  /** Images in these groups. */
  readonly grouped: number
  /** Exact McNemar, which takes all images for independent. */
  readonly mcnemar: number
  /** What decides: McNemar's test, or the bootstrap over groups where there are near-duplicates. */
  readonly decidedBy: 'mcnemar' | 'group-bootstrap'
  /** Two-sided p-value of what decides. */
  readonly p: number
}

/** One of several differences, with its p-value adjusted for all of them (Holm). */
export interface ComparedDifference extends Difference {
  readonly adjustedP: number
  readonly comparisons: number
  /** Which is better at the 5% level after the adjustment; null where the images do not tell. */
  readonly better: 'first' | 'second' | null
}

/**
 * McNemar's exact test and a paired bootstrap of the difference of errors. Where near-duplicates are among the images,
 * whole groups are resampled (cluster bootstrap, Davison & Hinkley 1997 §3.8) and its p-value decides.
 * @throws StudioError `no-common-images`
 */
export function differenceOf({ first, second, clusters }: Paired, resampling?: Resampling): Difference {
  const images = first.length
  if (images === 0) throw new StudioError('no-common-images', {})
  const errors = [first, second].map((right) => right.filter((one) => !one).length) as [number, number]
  const onlyFirst = first.filter((right, image) => right && !second[image]).length
  const onlySecond = second.filter((right, image) => right && !first[image]).length
  const chosen = resampling ?? defaultResampling(clusters.length)
  const { interval, p } = bootstrap(first, second, clusters, chosen)
  const { groups, grouped } = groupsIn(clusters)
  const mcnemar = mcnemarExact(onlyFirst, onlySecond)
  return {
    images,
    errors,
    onlyFirst,
    onlySecond,
    difference: (errors[0] - errors[1]) / images,
    interval,
    resampling: chosen,
    groups,
    grouped,
    mcnemar,
    decidedBy: groups > 0 ? 'group-bootstrap' : 'mcnemar',
    p: groups > 0 ? p : mcnemar,
  }
}

/** Adjusts all p-values for one another, and says which network is better. */
export function decide(differences: readonly Difference[]): readonly ComparedDifference[] {
  const adjusted = holm(differences.map(({ p }) => p))
  return differences.map((one, index) => ({
    ...one,
    adjustedP: adjusted[index]!,
    comparisons: differences.length,
    better: adjusted[index]! >= 0.05 ? null : one.difference > 0 ? 'second' : 'first',
  }))
}

function bootstrap(
  first: readonly boolean[],
  second: readonly boolean[],
  clusters: Clusters,
  resampling: Resampling,
): { readonly interval: Interval; readonly p: number } {
  const gains = Float64Array.from(clusters, (cluster) =>
    cluster.reduce((sum, image) => sum + Number(second[image]) - Number(first[image]), 0),
  )
  const values = new Float64Array(resampling.resamples)
  let notAbove = 0
  let notBelow = 0
  let round = 0
  for (const counts of bootstrapDraws(clusters.length, resampling)) {
    let gain = 0
    let images = 0
    for (let cluster = 0; cluster < counts.length; cluster++) {
      gain += counts[cluster]! * gains[cluster]!
      images += counts[cluster]! * clusters[cluster]!.length
    }
    values[round++] = gain / images
    if (gain <= 0) notAbove++
    if (gain >= 0) notBelow++
  }
  const p = Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (resampling.resamples + 1))
  return { interval: percentileInterval(values), p }
}
