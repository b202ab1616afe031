import { wilsonInterval } from '../metrics.ts'
import type { Interval } from '../types.ts'
import { topLabels, type Scores } from './scores.ts'

/** What comes of answering only where the network is sure enough (El-Yaniv & Wiener 2010). */
export interface ThresholdPoint {
  /** Confidence of at least this is answered. */
  readonly threshold: number
  /** Images that are answered, of all. */
  readonly answered: number
  readonly coverage: number
  /** Share of correct answers among the images answered; null if none is answered. */
  readonly accuracy: number | null
  readonly interval: Interval | null
}

/** Share of images whose true class is not among the k most probable ones, for each k from 1. */
export function topErrors(
  { images, classes, labels, probabilities }: Scores,
  most = classes,
): readonly number[] {
  const ranks = new Uint32Array(classes + 1)
  for (let image = 0; image < images; image++) {
    const start = image * classes
    const truth = probabilities[start + labels[image]!]!
    let rank = 0
    // The true class comes after all its equals, as in metrics.ts.
    for (let at = start; at < start + classes; at++) if (probabilities[at]! >= truth) rank++
    ranks[rank]!++
  }
  let right = 0
  return Array.from({ length: Math.min(most, classes) }, (_, index) => {
    right += ranks[index + 1]!
    return (images - right) / images
  })
}

/** @param thresholds ascending */
export function thresholdPoints(scores: Scores, thresholds: readonly number[]): readonly ThresholdPoint[] {
  const { confidence, right } = topLabels(scores)
  return thresholds.map((threshold) => {
    // Confidences are 32-bit floats: 0.9 among them is a little less.
    const least = Math.fround(threshold)
    let [answered, correct] = [0, 0]
    confidence.forEach((value, image) => {
      if (value < least) return
      answered++
      correct += right[image]!
    })
    return {
      threshold,
      answered,
      coverage: answered / scores.images,
      accuracy: answered === 0 ? null : correct / answered,
      interval: answered === 0 ? null : wilsonInterval(correct, answered),
    }
  })
}

/** 0, 0.01 … 0.99, and finer where sure networks are: 0.995, 0.999. */
export const defaultThresholds: readonly number[] = [
  ...Array.from({ length: 100 }, (_, index) => index / 100),
  0.995,
  0.999,
]
