import type { Tensor } from '../base/tensor.ts'

/** How far an exported model's logits are from its source's, over the same images. */
export interface Parity {
  readonly images: number
  /** `samples`: real images; `noise`: random levels, where no image was at hand. */
  readonly source: 'samples' | 'noise'
  /** Largest and mean |difference| of a logit. */
  readonly maxDifference: number
  readonly meanDifference: number
  /** Images for which both put the same class first. */
  readonly sameTop1: number
  /** What maxDifference may be: 1e-3 of the largest |logit| of the source, at least 1e-3. */
  readonly tolerance: number
  readonly passed: boolean
}

const relativeTolerance = 1e-3

/**
 * Compares N×classes logits with others of the same images.
 *
 * Logits rather than probabilities: soft-max hides differences where a network is sure of itself. The tolerance is
 * relative to the largest logit, since rounding is; two runtimes in fp32 differ by about 1e-6 of it, a mistake (a
 * weight transposed, a layer left out) by about 1.
 */
export function compareLogits(source: Tensor, exported: Tensor, images: Parity['source']): Parity {
  const classes = source.shape.at(-1)!
  const count = source.data.length / classes
  const differences = source.data.map((value, index) => Math.abs(value - exported.data[index]!))
  const maxDifference = largest(differences)
  const tolerance = relativeTolerance * Math.max(1, largest(source.data.map(Math.abs)))
  return {
    images: count,
    source: images,
    maxDifference,
    meanDifference: differences.reduce((a, b) => a + b, 0) / differences.length,
    sameTop1: Array.from({ length: count }, (_, row) => row).filter(
      (row) => first(source, row) === first(exported, row),
    ).length,
    tolerance,
    // Written so that NaN, also of the tolerance, does not pass.
    passed: source.data.length === exported.data.length && count > 0 && maxDifference <= tolerance,
  }
}

/** NaN where any is. */
function largest(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}

function first({ shape, data }: Tensor, row: number): number {
  const classes = shape.at(-1)!
  const values = data.subarray(row * classes, (row + 1) * classes)
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0)
}
