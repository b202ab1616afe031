import { openRegressionKernel, type RegressionKernel } from './regressionKernel.ts'

/** N examples of F numbers each, in rows. */
export interface Examples {
  readonly count: number
  readonly size: number
  /** N×F */
  readonly values: Float32Array
  /** N×K: what each example's softmax should be. */
  readonly targets: Float32Array
  /** N: how much each example counts; their sum is 1. */
  readonly weights: Float64Array
}

/** K×F weights, then K biases. */
export type Coefficients = Float64Array<ArrayBuffer>

export interface FitOptions {
  readonly classes: number
  /** λ of λ/2 · ‖W‖², added to the weighted mean of the cross-entropies; the biases are free. scikit-learn's C is 1/(λN). */
  readonly weightDecay: number
  /** Where the search begins; it is not changed. */
  readonly start: Coefficients
  /** It ends where no derivative is larger. */
  readonly tolerance?: number
  readonly iterations?: number
}

export interface Fit {
  readonly coefficients: Coefficients
  readonly iterations: number
}

/** Steps that the curvature is taken from. */
const remembered = 10

/**
 * Multinomial logistic regression by L-BFGS (Nocedal & Wright 2006, algorithm 7.5) with backtracking.
 * The same examples and start give the same coefficients.
 */
export function fitLogisticRegression(examples: Examples, options: FitOptions): Fit {
  const { classes, weightDecay, tolerance = 1e-4, iterations = 200 } = options
  const kernel = openRegressionKernel({ classes, size: examples.size })
  const measure = (at: Coefficients) => objective(kernel, examples, weightDecay, at)
  let point = options.start.slice()
  let { value, gradient } = measure(point)
  const steps: Step[] = []
  for (let iteration = 0; ; iteration++) {
    if (iteration >= iterations || largest(gradient) <= tolerance) {
      return { coefficients: point, iterations: iteration }
    }
    const direction = descent(gradient, steps)
    const slope = dot(direction, gradient)
    let length = steps.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1
    let next = moved(point, direction, length)
    let there = measure(next)
    for (let tries = 0; there.value > value + 1e-4 * length * slope; tries++) {
      // No step is short enough: the numbers' precision is exhausted.
      if (tries === 30) return { coefficients: point, iterations: iteration }
      length /= 2
      next = moved(point, direction, length)
      there = measure(next)
    }
    const s = difference(next, point)
    const y = difference(there.gradient, gradient)
    const curvature = dot(s, y)
    if (curvature > 1e-12 * dot(y, y)) steps.push({ s, y, curvature })
    if (steps.length > remembered) steps.shift()
    point = next
    ;({ value, gradient } = there)
  }
}

/** Weighted mean of the cross-entropies, without the penalty. @param scores N×K logits */
export function meanLoss({ targets, weights }: Examples, classes: number, scores: Float64Array): number {
  return weights.reduce((sum, weight, row) => {
    const start = row * classes
    return sum + weight * crossEntropy(scores.subarray(start, start + classes), targets, start)
  }, 0)
}

interface Step {
  readonly s: Float64Array
  readonly y: Float64Array
  /** sᵀy */
  readonly curvature: number
}

/** −H·gradient, with H from the last steps. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const result = gradient.map((one) => -one)
  const shares: number[] = []
  for (const { s, y, curvature } of steps.toReversed()) {
    const share = dot(s, result) / curvature
    shares.unshift(share)
    add(result, y, -share)
  }
  const last = steps.at(-1)
  if (last) scale(result, last.curvature / dot(last.y, last.y))
  steps.forEach(({ s, y, curvature }, index) => {
    add(result, s, shares[index]! - dot(y, result) / curvature)
  })
  return result
}

function objective(
  kernel: RegressionKernel,
  { size, values, targets, weights }: Examples,
  weightDecay: number,
  at: Coefficients,
): { value: number; gradient: Coefficients } {
  const classes = at.length / (size + 1)
  const biases = at.subarray(classes * size)
  const gradient = new Float64Array(at.length)
  let value = 0
  kernel.setWeights(at)
  const products = kernel.gradient(values, (row, scores) => {
    const weight = weights[row]!
    for (let k = 0; k < classes; k++) scores[k]! += biases[k]!
    value += weight * crossEntropy(scores, targets, row * classes)
    softmax(scores)
    for (let k = 0; k < classes; k++) {
      scores[k] = weight * (scores[k]! - targets[row * classes + k]!)
      gradient[classes * size + k]! += scores[k]!
    }
  })
  for (let index = 0; index < classes * size; index++) {
    const weight = at[index]!
    value += (weightDecay / 2) * weight * weight
    gradient[index] = products[index]! + weightDecay * weight
  }
  return { value, gradient }
}

/** N×K */
export function logitsOf({ count, size, values }: Examples, classes: number, at: Coefficients): Float64Array {
  const result = new Float64Array(count * classes)
  const kernel = openRegressionKernel({ classes, size })
  kernel.setWeights(at)
  kernel.products(values, (row, scores) => {
    for (let k = 0; k < classes; k++) result[row * classes + k] = scores[k]! + at[classes * size + k]!
  })
  return result
}

/** −Σ target · ln softmax(scores) @param from place of the row's targets */
function crossEntropy(scores: Float64Array, targets: Float32Array, from: number): number {
  let highest = -Infinity
  for (const score of scores) highest = Math.max(highest, score)
  let sum = 0
  for (const score of scores) sum += Math.exp(score - highest)
  const log = highest + Math.log(sum)
  let total = 0
  for (let k = 0; k < scores.length; k++) total += targets[from + k]! * (log - scores[k]!)
  return total
}

function softmax(scores: Float64Array): void {
  let highest = -Infinity
  for (const score of scores) highest = Math.max(highest, score)
  let sum = 0
  for (let k = 0; k < scores.length; k++) sum += scores[k] = Math.exp(scores[k]! - highest)
  for (let k = 0; k < scores.length; k++) scores[k]! /= sum
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))
const largest = (a: Float64Array): number => a.reduce((most, one) => Math.max(most, Math.abs(one)), 0)

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++) target[index]! += factor * other[index]!
}

function scale(target: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++) target[index]! *= factor
}

const moved = (from: Coefficients, direction: Float64Array, length: number): Coefficients =>
  from.map((one, index) => one + length * direction[index]!)

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((one, index) => one - b[index]!)
