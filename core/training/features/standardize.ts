import type { Coefficients } from './logisticRegression.ts'

/** Mean and deviation of each feature, which standardizing brings to 0 and 1. */
export interface FeatureStatistics {
  readonly mean: Float64Array
  /** 1 where the feature never differs. */
  readonly deviation: Float64Array
}

/** @param values N×F */
export function featureStatistics(values: Float32Array, size: number): FeatureStatistics {
  const count = values.length / size
  const mean = new Float64Array(size)
  const square = new Float64Array(size)
  for (let index = 0; index < values.length; index++) mean[index % size]! += values[index]! / count
  for (let index = 0; index < values.length; index++) {
    square[index % size]! += (values[index]! - mean[index % size]!) ** 2 / count
  }
  const deviation = square.map((variance, feature) => {
    const own = Math.sqrt(variance)
    // What is left of a feature that never differs is rounding.
    return own > 1e-6 * Math.abs(mean[feature]!) ? own : 1
  })
  return { mean, deviation }
}

/** Standardizes in place. */
export function standardize(values: Float32Array, { mean, deviation }: FeatureStatistics): void {
  const size = mean.length
  for (let index = 0; index < values.length; index++) {
    const feature = index % size
    values[index] = (values[index]! - mean[feature]!) / deviation[feature]!
  }
}

/** Coefficients for standardized features as those of a linear layer (weight K×F, bias K) on the features as they are. */
export function toLayer(
  coefficients: Coefficients,
  classes: number,
  { mean, deviation }: FeatureStatistics,
): { readonly weight: Float32Array; readonly bias: Float32Array } {
  const size = mean.length
  const weight = new Float32Array(classes * size)
  const bias = new Float32Array(classes)
  for (let k = 0; k < classes; k++) {
    let shift = coefficients[classes * size + k]!
    for (let index = 0; index < size; index++) {
      const own = coefficients[k * size + index]! / deviation[index]!
      weight[k * size + index] = own
      shift -= own * mean[index]!
    }
    bias[k] = shift
  }
  return { weight, bias }
}

/** The inverse of toLayer. */
export function fromLayer(
  { weight, bias }: { readonly weight: Float32Array; readonly bias: Float32Array },
  { mean, deviation }: FeatureStatistics,
): Coefficients {
  const [classes, size] = [bias.length, mean.length]
  const coefficients = new Float64Array(classes * (size + 1))
  for (let k = 0; k < classes; k++) {
    let shift = bias[k]!
    for (let index = 0; index < size; index++) {
      coefficients[k * size + index] = weight[k * size + index]! * deviation[index]!
      shift += weight[k * size + index]! * mean[index]!
    }
    coefficients[classes * size + k] = shift
  }
  return coefficients
}
