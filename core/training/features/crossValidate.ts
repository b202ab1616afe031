import { targetDistributions } from '../../engine/targets.ts'
import { partOf, scoreOf, type LabeledExamples } from './examples.ts'
import { fitLogisticRegression } from './logisticRegression.ts'
import { standardize, featureStatistics } from './standardize.ts'

const folds = 4
/** Strong: there are few examples, and many features of each. */
const weightDecay = 0.1

/**
 * How well logistic regression tells classes apart by features: each quarter of the examples, in turn, by the rest.
 * @param features one list of numbers for each example, all of one length
 * @returns mean cross-entropy in nats, and the share that is right, of the examples that were left out
 */
export function crossValidate(
  features: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
): { readonly loss: number; readonly accuracy: number } {
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
  let [loss, right] = [0, 0]
  for (let fold = 0; fold < folds; fold++) {
    const leftOut = all.filter((row) => row % folds === fold)
    const rest = all.filter((row) => row % folds !== fold)
    if (leftOut.length === 0 || rest.length === 0) continue
    const start = new Float64Array(classes * (size + 1))
    const fitted = partOf(whole, rest).examples
    const { coefficients } = fitLogisticRegression(fitted, { classes, weightDecay, start })
    const score = scoreOf(partOf(whole, leftOut), classes, coefficients)
    loss += (score.loss * leftOut.length) / all.length
    right += score.correct
  }
  return { loss, accuracy: right / all.length }
}
