import { permutation, type Random } from '../../base/random.ts'
import { gatherRows } from '../../base/tensor.ts'
import { countCorrect } from '../../engine/targets.ts'
import { logitsOf, meanLoss, type Coefficients, type Examples } from './logisticRegression.ts'

/** Examples, and the class of each. */
export interface LabeledExamples {
  readonly examples: Examples
  readonly labels: Int32Array
}

/** Weights in proportion, with the sum 1. */
export function normalized(weights: readonly number[]): Float64Array {
  const sum = weights.reduce((total, one) => total + one, 0)
  return Float64Array.from(weights, (one) => one / sum)
}

export function partOf({ examples, labels }: LabeledExamples, rows: readonly number[]): LabeledExamples {
  const { count, size, values, targets, weights } = examples
  return {
    examples: {
      count: rows.length,
      size,
      values: gatherRows(values, rows, size),
      targets: gatherRows(targets, rows, targets.length / Math.max(1, count)),
      weights: normalized(rows.map((row) => weights[row]!)),
    },
    labels: Int32Array.from(rows, (row) => labels[row]!),
  }
}

/**
 * Assigns images to folds at random.
 * @param images that each example is of: all examples of an image are in one fold
 * @returns the fold of an example, 0 … count − 1
 */
export function foldOfImages(images: Int32Array, count: number, source: Random): (row: number) => number {
  const last = images.reduce((most, image) => Math.max(most, image), -1)
  const order = permutation(last + 1, source)
  return (row) => order[images[row]!]! % count
}

/** Weighted mean of the cross-entropies in nats, and how many are right. */
export function scoreOf(
  { examples, labels }: LabeledExamples,
  classes: number,
  coefficients: Coefficients,
): { readonly loss: number; readonly correct: number; readonly logits: Float64Array } {
  const logits = logitsOf(examples, classes, coefficients)
  return { loss: meanLoss(examples, classes, logits), correct: countCorrect(logits, labels), logits }
}
