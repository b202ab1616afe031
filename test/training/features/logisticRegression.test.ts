import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import wabt from 'wabt'
import { random } from '../../../core/base/random.ts'
import { targetDistributions } from '../../../core/engine/targets.ts'
import {
  fitLogisticRegression,
  logitsOf,
  type Examples,
} from '../../../core/training/features/logisticRegression.ts'
import { openRegressionKernel } from '../../../core/training/features/regressionKernel.ts'
import {
  toLayer,
  fromLayer,
  standardize,
  featureStatistics,
} from '../../../core/training/features/standardize.ts'

interface Fixture {
  readonly values: number[]
  readonly labels: number[]
  readonly weights: number[]
  readonly cases: readonly { readonly weightDecay: number; readonly coefficients: number[] }[]
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/training/logisticRegression.json', import.meta.url), 'utf8'),
) as Fixture
const [classes, size] = [3, 5]
const count = fixture.labels.length
const total = fixture.weights.reduce((sum, one) => sum + one, 0)
const examples: Examples = {
  count,
  size,
  values: Float32Array.from(fixture.values),
  targets: targetDistributions({ labels: Int32Array.from(fixture.labels) }, classes, 0),
  weights: Float64Array.from(fixture.weights, (one) => one / total),
}
const start = new Float64Array(classes * (size + 1))

test('The kernel is what its source says', async () => {
  const folder = new URL('../../../core/training/features/', import.meta.url)
  const text = readFileSync(new URL('regressionKernel.wat', folder), 'utf8')
  const module = (await wabt()).parseWat('regressionKernel.wat', text, { simd: true })
  const binary = Buffer.from(module.toBinary({}).buffer).toString('base64')
  await expect(
    `// Made from regressionKernel.wat.\nexport const regressionKernelBinary =\n  '${binary}'\n`,
  ).toMatchFileSnapshot('../../../core/training/features/regressionKernelBinary.ts')
})

test('The kernel multiplies any number of rows, classes and features, whatever was in it before', () => {
  const noise = random(3)
  const drawn = (length: number) => Float64Array.from({ length }, () => 2 * noise.uniform() - 1)
  for (const [rows, classes, size] of [
    [1, 1, 1],
    [67, 3, 5],
    [131, 10, 64],
    [64, 5, 7],
    [66, 4, 2],
  ] as const) {
    const kernel = openRegressionKernel({ classes, size })
    for (let time = 0; time < 2; time++) {
      const [values, weights, errors] = [
        Float32Array.from(drawn(rows * size)),
        drawn(classes * size),
        drawn(rows * classes),
      ]
      kernel.setWeights(weights)
      const product = (row: number, k: number) =>
        weights
          .subarray(k * size, (k + 1) * size)
          .reduce((sum, weight, index) => sum + weight * values[row * size + index]!, 0)
      const gradient = kernel.gradient(values, (row, scores) => {
        expect(scores).toHaveLength(classes)
        scores.forEach((score, k) => expect(score).toBeCloseTo(product(row, k), 12))
        scores.set(errors.subarray(row * classes, (row + 1) * classes))
      })
      gradient.forEach((one, place) => {
        const [k, index] = [Math.floor(place / size), place % size]
        let sum = 0
        for (let row = 0; row < rows; row++) sum += errors[row * classes + k]! * values[row * size + index]!
        expect(one).toBeCloseTo(sum, 12)
      })
    }
  }
})

test('Coefficients are scikit-learn’s, with strong and with weak weight decay', () => {
  for (const { weightDecay, coefficients: expected } of fixture.cases) {
    const { coefficients } = fitLogisticRegression(examples, { classes, weightDecay, start, tolerance: 1e-9 })
    // A number added to all biases changes nothing: scikit-learn's are centered in the fixture.
    const biases = coefficients.subarray(classes * size)
    const mean = biases.reduce((sum, one) => sum + one, 0) / classes
    const centered = coefficients.map((one, index) => (index < classes * size ? one : one - mean))
    expected.forEach((one, index) => expect(centered[index]).toBeCloseTo(one, 4))
  }
})

test('A search that begins at the solution stays there', () => {
  const options = { classes, weightDecay: 0.01, tolerance: 1e-6 }
  const { coefficients, iterations } = fitLogisticRegression(examples, { ...options, start })
  expect(iterations).toBeGreaterThan(3)
  const again = fitLogisticRegression(examples, { ...options, start: coefficients })
  expect(again.iterations).toBe(0)
  expect(again.coefficients).toEqual(coefficients)
})

test('Coefficients for standardized features are a layer for features as they are, and back', () => {
  // The last feature never differs.
  const values = Float32Array.from(fixture.values, (value, index) => (index % size === 4 ? 7 : 3 + 2 * value))
  const standard = featureStatistics(values, size)
  const standardized = { ...examples, values: values.slice() }
  standardize(standardized.values, standard)
  expect(featureStatistics(standardized.values, size).mean.every((mean) => Math.abs(mean) < 1e-6)).toBe(true)
  const { coefficients } = fitLogisticRegression(standardized, { classes, weightDecay: 0.1, start })
  const layer = toLayer(coefficients, classes, standard)
  const expected = logitsOf(standardized, classes, coefficients)
  const raw = Float64Array.from([...layer.weight, ...layer.bias])
  logitsOf({ ...examples, values }, classes, raw).forEach((one, index) =>
    expect(one).toBeCloseTo(expected[index]!, 4),
  )
  fromLayer(layer, standard).forEach((one, index) => expect(one).toBeCloseTo(coefficients[index]!, 4))
})
