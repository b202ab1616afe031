import type { Size, Window } from './ir.ts'

/**
 * How often a window fits along a side; a side known only at run time stays one.
 *
 * @param ceilMode the last window may reach beyond the padding, but begins before it (PyTorch's `ceil_mode`)
 */
export function windows({ kernel, stride, padding }: Window, size: Size, ceilMode: boolean): Size {
  if (typeof size === 'string') return size
  const rest = size + 2 * padding - kernel
  if (!ceilMode) return Math.floor(rest / stride) + 1
  const count = Math.ceil(rest / stride) + 1
  return (count - 1) * stride < size + padding ? count : count - 1
}
