import { targetDistributions } from '../../engine/targets.ts'
import { partOf, scoreOf, type LabeledExamples } from './examples.ts'
import { fitLogisticRegression } from './logisticRegression.ts'
import { standardize, featureStatistics } from './standardize.ts'

const folds = 4
/** Strong: there are few examples, and many features of each. */
const weightDecay = 0.1

/** How well classes are told apart by features. */
export interface CrossValidation {
  /** Mean cross-entropy of the examples when they were left out, nats. */
  readonly loss: number
  /** The share of them that is right, 0–1. */
  readonly accuracy: number
  /** Cross-entropy of each example, in their order. */
  readonly losses: readonly number[]
}

/**
 * How well logistic regression tells classes apart by features: each quarter of the examples of each class, in turn, by
 * the rest.
 * @param features one list of numbers for each example, all of one length
 */
export function crossValidate(
  features: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
): CrossValidation {
  const size = features[0]?.length ?? 0
  const values = new Float32Array(features.length * size)
  features.forEach((own, row) => values.set(own, row * size))
  standardize(values, featureStatistics(values, size))
  const whole: LabeledExamples = {
    examples: {
      count: features.length,
      size,
      values,
      targets: targetDistributions(labels, classes, 0),
      weights: new Float64Array(features.length).fill(1 / features.length),
    },
    labels,
  }
  const all = [...features.keys()]
  const foldOf = foldsByClass(labels)
  const losses = new Array<number>(all.length).fill(0)
  let right = 0
  for (let fold = 0; fold < folds; fold++) {
    const leftOut = all.filter((row) => foldOf[row] === fold)
    const rest = all.filter((row) => foldOf[row] !== fold)
    if (leftOut.length === 0 || rest.length === 0) continue
    const start = new Float64Array(classes * (size + 1))
    const fitted = partOf(whole, rest).examples
    const { coefficients } = fitLogisticRegression(fitted, { classes, weightDecay, start })
    for (const row of leftOut) {
      const { loss, correct } = scoreOf(partOf(whole, [row]), classes, coefficients)
      losses[row] = loss
      right += correct
    }
  }
  const loss = losses.reduce((sum, one) => sum + one / losses.length, 0)
  return { loss, accuracy: right / all.length, losses }
}

/** The n-th example of a class is in fold n mod 4, so that no fold takes all of a class. */
function foldsByClass(labels: Int32Array): readonly number[] {
  const seen = new Map<number, number>()
  return Array.from(labels, (label) => {
    const before = seen.get(label) ?? 0
    seen.set(label, before + 1)
    // Small classes begin at different folds.
    return (before + label) % folds
  })
}
