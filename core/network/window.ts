import { invalidLayer } from './invalid.ts'
import type { AveragePool, Convolution, MaxPool } from './types.ts'

type Pool = MaxPool | AveragePool

/** Whole windows on a side of `size`, padding included. @throws StudioError `invalid-network` where none fits */
export function windowCount(layer: Convolution | Pool, size: number): number {
  if (size < layer.kernel) {
    throw invalidLayer(layer, { code: 'kernel-too-large', values: { kernel: layer.kernel, size } })
  }
  return Math.floor((size - layer.kernel) / layer.stride) + 1
}

/**
 * Side of a pooling's output, PyTorch's rules: with ceil mode a window that is not whole counts if it starts in the
 * map or in the padding before it. @throws StudioError `invalid-network`
 */
export function pooledSide(layer: Pool, size: number): number {
  const { kernel, stride, padding, ceilMode } = layer
  if (2 * padding > kernel)
    throw invalidLayer(layer, { code: 'padding-too-large', values: { padding, kernel } })
  const rest = size + 2 * padding - kernel
  // The only window may be one that is not whole.
  const whole = ceilMode && rest < 0 && rest > -stride ? 0 : windowCount(layer, size + 2 * padding)
  const begun = rest % stride !== 0
  return ceilMode && begun && whole * stride < size + padding ? whole + 1 : whole
}

/** What each place of an adaptive pooling sees of a side of `size`, PyTorch's rule: as even as it can be, from start to before end. */
export function adaptiveParts(
  size: number,
  side: number,
): readonly { readonly start: number; readonly end: number }[] {
  return Array.from({ length: side }, (_, place) => ({
    start: Math.floor((place * size) / side),
    end: Math.ceil(((place + 1) * size) / side),
  }))
}
