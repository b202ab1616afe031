import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scores } from '../../../core/evaluation/statistics/scores.ts'

type Pair = readonly [number, number]
type Points = readonly [readonly number[], readonly number[]]
type ByBinning = Readonly<Record<'equal-width' | 'equal-mass', number>>

interface Fixture {
  readonly mcnemar: readonly { readonly onlyFirst: number; readonly onlySecond: number; readonly p: number }[]
  readonly holm: { readonly p: readonly number[]; readonly adjusted: readonly number[] }
  readonly wilson: readonly (readonly [number, number, number, number])[]
  readonly scores: Readonly<Record<'labels' | 'probabilities' | 'logProbabilities', readonly number[]>>
  readonly temperature: { readonly temperature: number; readonly before: number; readonly after: number }
  readonly calibration: {
    readonly error: ByBinning
    readonly largest: ByBinning
    readonly classes: readonly ByBinning[]
    readonly brier: number
  }
  /** Noise floor and bootstrap interval of the error, by NumPy. */
  readonly uncertainty: Readonly<
    Record<
      keyof ByBinning,
      {
        readonly mean: number
        readonly high: number
        /** Standard deviations of one draw: what a mean of draws may miss by. */
        readonly deviation: number
        readonly interval: Pair
        readonly bootstrapDeviation: number
      }
    >
  >
  readonly negativeLogLikelihood: number
  readonly curves: readonly ({
    readonly rocArea: number
    readonly averagePrecision: number
    readonly roc: Points
    readonly precisionRecall: Points
  } | null)[]
  readonly top: readonly number[]
  readonly seeds: {
    readonly first: readonly number[]
    readonly second: readonly number[]
    readonly deviations: Pair
    readonly interval: Pair
    readonly quantiles: readonly Pair[]
  }
}

/** By statsmodels, netcal and scikit-learn: test/reference/resultStatistics.py. */
export const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics.json'), 'utf8'),
) as Fixture

const { labels, probabilities, logProbabilities } = fixture.scores
export const scores: Scores = {
  images: labels.length,
  classes: probabilities.length / labels.length,
  positions: Uint32Array.from(labels, (_, image) => image),
  labels: Uint32Array.from(labels),
  probabilities: Float32Array.from(probabilities),
  logProbabilities: Float64Array.from(logProbabilities),
}

/** Relative difference; absolute near zero. */
export const apart = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300)

/** Each image alone. */
export const alone = (images: number): number[][] => Array.from({ length: images }, (_, image) => [image])

/** Scores of some of the images. */
export function someScores(scores: Scores, images: readonly number[]): Scores {
  const { classes } = scores
  const probabilities = new Float32Array(images.length * classes)
  images.forEach((image, at) =>
    probabilities.set(scores.probabilities.subarray(image * classes, (image + 1) * classes), at * classes),
  )
  return {
    images: images.length,
    classes,
    positions: Uint32Array.from(images, (image) => scores.positions[image]!),
    labels: Uint32Array.from(images, (image) => scores.labels[image]!),
    probabilities,
    logProbabilities: Float64Array.from(images, (image) => scores.logProbabilities[image]!),
  }
}
