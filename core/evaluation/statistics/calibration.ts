import { mean } from '../metrics.ts'
import { calibrationError, hitsOf, plainCalibrationError, type CalibrationError } from './calibrationError.ts'
import type { Clusters, Resampling } from './resampling.ts'
import { topLabels, type Scores } from './scores.ts'

/** How far a network's probabilities can be taken at their word. */
export interface Calibration {
  readonly images: number
  /** Errors of the top label, in 15 bins of equal width, and of equal mass. */
  readonly equalWidth: CalibrationError
  readonly equalMass: CalibrationError
  /** Mean Σ (p − y)² over the classes, 0–2 (Brier 1950). */
  readonly brier: number
  /** Mean −ln p of the true class, nats. */
  readonly negativeLogLikelihood: number
  /** Mean of the highest probabilities, and share of right answers: their difference is over-confidence. */
  readonly confidence: number
  readonly accuracy: number
  /** One against the rest: its probability over all images against how often it is the true class. */
  readonly classes: readonly ClassCalibration[]
}

export interface ClassCalibration {
  /** Images whose true class this is, of all. */
  readonly images: number
  readonly equalWidth: number
  readonly equalMass: number
}

export function calibrationOf(
  scores: Scores,
  options: { readonly clusters: Clusters; readonly resampling: Resampling },
): Calibration {
  const { confidence, right } = topLabels(scores)
  const hits = hitsOf(confidence, right)
  return {
    images: scores.images,
    equalWidth: calibrationError(hits, 'equal-width', options),
    equalMass: calibrationError(hits, 'equal-mass', options),
    brier: brierScore(scores),
    negativeLogLikelihood: -mean([...scores.logProbabilities]),
    confidence: mean([...confidence]),
    accuracy: mean([...right]),
    classes: Array.from({ length: scores.classes }, (_, label) => classCalibration(scores, label)),
  }
}

/** Mean over the images of Σ (p − y)² over the classes: 0 is perfect, 2 the worst (Brier 1950). */
function brierScore({ images, classes, labels, probabilities }: Scores): number {
  let sum = 0
  for (let image = 0; image < images; image++) {
    for (let label = 0; label < classes; label++) {
      sum += (probabilities[image * classes + label]! - Number(labels[image] === label)) ** 2
    }
  }
  return sum / images
}

/** Probabilities of one class, and for each image 1 if it is of that class. */
export function oneVersusRest(
  { images, classes, labels, probabilities }: Scores,
  label: number,
): { readonly score: Float32Array; readonly truth: Uint8Array } {
  return {
    score: Float32Array.from({ length: images }, (_, image) => probabilities[image * classes + label]!),
    truth: Uint8Array.from(labels, (truth) => Number(truth === label)),
  }
}

function classCalibration(scores: Scores, label: number): ClassCalibration {
  const { score, truth } = oneVersusRest(scores, label)
  const hits = hitsOf(score, truth)
  return {
    images: truth.reduce((sum, one) => sum + one, 0),
    equalWidth: plainCalibrationError(hits, 'equal-width'),
    equalMass: plainCalibrationError(hits, 'equal-mass'),
  }
}
