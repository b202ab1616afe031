import { rankOf, targetDistributions } from '../../engine/targets.ts'
import { fitLogisticRegression, logitsOf, meanLoss, type Examples } from './logisticRegression.ts'
import { standardize, standardOf } from './standardize.ts'

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
  standardize(values, standardOf(values, size))
  const examplesOf = (rows: readonly number[]): Examples => {
    const own = new Float32Array(rows.length * size)
    rows.forEach((row, index) => own.set(values.subarray(row * size, (row + 1) * size), index * size))
    return {
      count: rows.length,
      size,
      values: own,
      targets: targetDistributions(
        Int32Array.from(rows, (row) => labels[row]!),
        classes,
        0,
      ),
      weights: new Float64Array(rows.length).fill(1 / rows.length),
    }
  }
  const all = [...features.keys()]
  let [loss, right] = [0, 0]
  for (let fold = 0; fold < folds; fold++) {
    const leftOut = all.filter((row) => row % folds === fold)
    const rest = all.filter((row) => row % folds !== fold)
    if (leftOut.length === 0 || rest.length === 0) continue
    const start = new Float64Array(classes * (size + 1))
    const { coefficients } = fitLogisticRegression(examplesOf(rest), { classes, weightDecay, start })
    const examples = examplesOf(leftOut)
    const scores = logitsOf(examples, classes, coefficients)
    loss += (meanLoss(examples, classes, scores) * leftOut.length) / all.length
    leftOut.forEach((row, index) => {
      const own = scores.subarray(index * classes, (index + 1) * classes)
      if (rankOf(own, labels[row]!) === 0) right++
    })
  }
  return { loss, accuracy: right / all.length }
}
