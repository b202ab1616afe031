import { standardize, featureStatistics } from './standardize.ts'

/** λ, where the examples' products with themselves are 1 in the mean: there are few examples, and many features of each. */
const weightDecay = 0.1

/** How well classes are told apart by features. */
export interface LeaveOneOut {
  /**
   * Mean squared distance of the scores of examples that were left out from their class (1 for it, 0 for others): 0 is
   * perfect, 1 − 1/K what guessing gives.
   */
  readonly loss: number
  /** The share of them that is right, 0–1. */
  readonly accuracy: number
  /** Squared distance of each example, in their order. */
  readonly losses: readonly number[]
}

/**
 * How well ridge regression tells classes apart by features, each example by all others: (I − H)y / (1 − h) is what every
 * example is missed by where it is left out (Allen 1974's PRESS), without fitting again and without chance in the cutting.
 * @param blocks lists of features, each of one length for all examples and of equal weight, however many features it has
 */
export function leaveOneOut(
  blocks: readonly (readonly Float32Array[])[],
  labels: Int32Array,
  classes: number,
): LeaveOneOut {
  const count = labels.length
  const factor = cholesky(products(blocks, count), count)
  const shares = Array.from(
    { length: classes },
    (_, k) => labels.filter((label) => label === k).length / count,
  )
  const scores = Array.from({ length: classes }, (_, k) => {
    const targets = Float64Array.from(labels, (label) => (label === k ? 1 : 0) - shares[k]!)
    // y − Hy = λ(G + λ)⁻¹y
    return solve(factor, targets).map((value) => weightDecay * value)
  })
  const missed = diagonalOfInverse(factor, count).map((value) => weightDecay * value - 1 / count)
  const losses: number[] = []
  let right = 0
  for (let row = 0; row < count; row++) {
    const errors = scores.map((own) => own[row]! / Math.max(missed[row]!, 1e-9))
    losses.push(errors.reduce((sum, error) => sum + error * error, 0))
    const guesses = errors.map((error, k) => (labels[row] === k ? 1 : 0) - error)
    if (guesses.indexOf(Math.max(...guesses)) === labels[row]) right++
  }
  return { loss: losses.reduce((sum, one) => sum + one, 0) / count, accuracy: right / count, losses }
}

/** N×N: products of the examples' standardized features, the mean over the features of a block, then over the blocks. */
function products(blocks: readonly (readonly Float32Array[])[], count: number): Float64Array {
  const result = new Float64Array(count * count)
  for (const block of blocks) {
    const size = block[0]?.length ?? 0
    const values = new Float32Array(count * size)
    block.forEach((own, row) => values.set(own, row * size))
    standardize(values, featureStatistics(values, size))
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0
        for (let index = 0; index < size; index++)
          sum += values[a * size + index]! * values[b * size + index]!
        const share = sum / size / blocks.length
        result[a * count + b]! += share
        if (a !== b) result[b * count + a]! += share
      }
    }
  }
  return result
}

interface Factor {
  readonly count: number
  /** Lower triangle, N×N. */
  readonly lower: Float64Array
}

/** G + λI = LLᵀ */
function cholesky(matrix: Float64Array, count: number): Factor {
  const lower = new Float64Array(count * count)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * count + column]! + (row === column ? weightDecay : 0)
      for (let k = 0; k < column; k++) sum -= lower[row * count + k]! * lower[column * count + k]!
      lower[row * count + column] = row === column ? Math.sqrt(sum) : sum / lower[column * count + column]!
    }
  }
  return { count, lower }
}

/** (G + λI)⁻¹ times a vector. */
function solve({ count, lower }: Factor, vector: Float64Array): Float64Array {
  const result = vector.slice()
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < row; k++) result[row]! -= lower[row * count + k]! * result[k]!
    result[row]! /= lower[row * count + row]!
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let k = row + 1; k < count; k++) result[row]! -= lower[k * count + row]! * result[k]!
    result[row]! /= lower[row * count + row]!
  }
  return result
}

function diagonalOfInverse(factor: Factor, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    const unit = new Float64Array(count)
    unit[row] = 1
    return solve(factor, unit)[row]!
  })
}
