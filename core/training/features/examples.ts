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

/** Weighted mean of the cross-entropies in nats, and how many are right. */
export function scoreOf(
  { examples, labels }: LabeledExamples,
  classes: number,
  coefficients: Coefficients,
): { readonly loss: number; readonly correct: number } {
  const scores = logitsOf(examples, classes, coefficients)
  return { loss: meanLoss(examples, classes, scores), correct: countCorrect(scores, labels) }
}
