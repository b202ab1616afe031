import { StudioError } from '../../base/errors.ts'
import type { Scores } from './scores.ts'

/** A temperature, and what it does to the images that it was fitted on. */
export interface TemperatureFit {
  /** T: probabilities become softmax(ln p / T). Above 1 the network was over-confident. */
  readonly temperature: number
  readonly images: number
  /** Mean −ln p of the true class, nats. */
  readonly before: number
  readonly after: number
}

/** 1 / T is looked for between these: what lies outside says that there is no optimum. */
const range = { low: 1 / 50, high: 50 }
/** The smallest positive 32-bit float: what has rounded to zero counts as that. */
const smallest = 2 ** -149

/**
 * The temperature that minimizes the negative log-likelihood (Guo et al. 2017): one number, so that no answer
 * changes, only how sure it is. In 1 / T the likelihood is concave, so that Newton's steps, kept inside a bracket, find
 * the one optimum.
 * @param scores of validation images: on test images the result would flatter itself
 * @throws StudioError `temperature-without-optimum` where all answers are right (or none is better than chance)
 */
export function fitTemperature(scores: Scores): TemperatureFit {
  let { low, high } = range
  const logs = logProbabilities(scores)
  if (slopeAt(scores, logs, low).slope >= 0 || slopeAt(scores, logs, high).slope <= 0) {
    throw new StudioError('temperature-without-optimum', { images: scores.images })
  }
  let inverse = 1
  for (let step = 0; step < 200; step++) {
    const { slope, curvature } = slopeAt(scores, logs, inverse)
    if (slope > 0) high = inverse
    else low = inverse
    const newton = inverse - slope / curvature
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - inverse) <= 1e-14 * inverse) break
    inverse = next
  }
  return {
    temperature: 1 / inverse,
    images: scores.images,
    before: slopeAt(scores, logs, 1).loss,
    after: slopeAt(scores, logs, inverse).loss,
  }
}

/** Probabilities p^(1/T), normalized: softmax(ln p / T). */
export function calibratedRow(row: ArrayLike<number>, temperature: number): Float64Array {
  const powers = Float64Array.from(row, (value) => Math.log(Math.max(value, smallest)) / temperature)
  const highest = powers.reduce((a, b) => Math.max(a, b), -Infinity)
  const raised = powers.map((value, index) => (row[index] === 0 ? 0 : Math.exp(value - highest)))
  const total = raised.reduce((a, b) => a + b, 0)
  return raised.map((value) => value / total)
}

/** Probabilities of the network at a temperature. */
export function calibrated(scores: Scores, temperature: number): Scores {
  const { images, classes, labels } = scores
  const logs = logProbabilities(scores)
  const probabilities = new Float32Array(scores.probabilities.length)
  const logProbability = new Float64Array(images)
  for (let image = 0; image < images; image++) {
    const row = logs.subarray(image * classes, (image + 1) * classes)
    const highest = row.reduce((a, b) => Math.max(a, b), -Infinity) / temperature
    const total = row.reduce((sum, value) => sum + Math.exp(value / temperature - highest), 0)
    row.forEach((value, label) => {
      probabilities[image * classes + label] = Math.exp(value / temperature - highest) / total
    })
    logProbability[image] = row[labels[image]!]! / temperature - highest - Math.log(total)
  }
  return { ...scores, probabilities, logProbabilities: logProbability }
}

/** ln p of all classes; the true class's is known beyond rounding. */
function logProbabilities({
  images,
  classes,
  labels,
  probabilities,
  logProbabilities: truth,
}: Scores): Float64Array {
  const logs = Float64Array.from(probabilities, (value) => Math.log(Math.max(value, smallest)))
  for (let image = 0; image < images; image++) logs[image * classes + labels[image]!] = truth[image]!
  return logs
}

/** Mean loss at an inverse temperature, with its first and second derivative. */
function slopeAt({ images, classes, labels }: Scores, logs: Float64Array, inverse: number) {
  let [loss, slope, curvature] = [0, 0, 0]
  for (let image = 0; image < images; image++) {
    const start = image * classes
    const truth = logs[start + labels[image]!]!
    let highest = -Infinity
    for (let at = start; at < start + classes; at++) highest = Math.max(highest, logs[at]!)
    let [total, first, second] = [0, 0, 0]
    for (let at = start; at < start + classes; at++) {
      // Measured from the true class: what is left of the difference keeps its digits.
      const value = logs[at]! - truth
      const weight = Math.exp(inverse * (logs[at]! - highest))
      total += weight
      first += weight * value
      second += weight * value * value
    }
    const mean = first / total
    loss += Math.log(total) + inverse * (highest - truth)
    slope += mean
    curvature += second / total - mean * mean
  }
  return { loss: loss / images, slope: slope / images, curvature: curvature / images }
}
