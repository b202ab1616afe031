import { StudioError } from '../base/errors.ts'
import type { Pooling, Size } from './ir.ts'

/** How often a window fits along a side; a side known only at run time stays one. */
export function windows({ kernel, stride, padding, ceilMode }: Pooling, size: Size): Size {
  if (typeof size === 'string') return size
  const rest = size + 2 * padding - kernel
  if (!ceilMode) return Math.floor(rest / stride) + 1
  const count = Math.ceil(rest / stride) + 1
  return (count - 1) * stride < size + padding ? count : count - 1
}

/**
 * How far the last window reaches beyond the end of a side, at least 0. Padded by so much there, and by `padding` before
 * its start, the side has as many windows without ceil mode. Of a side known only at run time: how far it may reach.
 *
 * @throws StudioError `unsupported-layer` where that could make a window too many
 */
function reach(window: Pooling, size: Size): number {
  const { kernel, stride, padding, ceilMode } = window
  const count = windows(window, size)
  if (typeof size === 'number' && typeof count === 'number') {
    return Math.max(0, (count - 1) * stride + kernel - padding - size)
  }
  if (!ceilMode) return padding
  if (kernel < stride + padding) {
    throw new StudioError('unsupported-layer', { what: 'pooling', kernel, stride, padding })
  }
  return padding + stride - 1
}

/** Padding of an image: rows above, columns left, rows below, columns right. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number]

/** What all windows on x N×C×H×W reach. */
export function padsOf(window: Pooling, [, , height, width]: readonly Size[]): Pads {
  const { padding } = window
  return [padding, padding, reach(window, height!), reach(window, width!)]
}

/** How many cells each window along a side averages over. */
export function counted(window: Pooling & { readonly countPadding: boolean }, size: number): number[] {
  const { kernel, stride, padding, countPadding } = window
  const [least, most] = countPadding ? [-padding, size + padding] : [0, size]
  return Array.from({ length: windows(window, size) as number }, (_, index) => {
    const start = index * stride - padding
    return Math.min(start + kernel, most) - Math.max(start, least)
  })
}
