import type { AveragePooling, Size } from '../ir.ts'
import { counted, padsOf, windows } from '../window.ts'
import type { OnnxWriter, Operand } from './writer.ts'

export function averagePool(writer: OnnxWriter, window: AveragePooling, x: Operand): string {
  const { kernel, stride, padding, countPadding } = window
  const pads = padsOf(window, x.shape)
  const counts = countPadding && padding > 0
  // What lies beyond the padding counts never: there padding that counts has to be real.
  const beyond = counts && pads.some((pad) => pad > padding)
  const border = writer.integers([0, 0, padding, padding, 0, 0, padding, padding])
  return writer.node('AveragePool', [beyond ? writer.node('Pad', [x.name, border]) : x.name], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: beyond ? pads.map((pad) => Math.max(0, pad - padding)) : pads,
    count_include_pad: Number(counts && !beyond),
  })
}

/** Each window's share of dy for each cell that it sees: dy divided by their number, through a window of ones. */
export function averagePoolGradient(
  writer: OnnxWriter,
  window: AveragePooling,
  dy: Operand,
  shape: readonly Size[],
): string {
  const { kernel, stride } = window
  const [, channels, height, width] = shape as [Size, number, number, number]
  const [, , rows, columns] = dy.shape as [Size, number, number, number]
  const share = writer.node('Mul', [dy.name, reciprocals(writer, window, height, width)])
  const maps = writer.node('Reshape', [share, writer.integers([-1, 1, rows, columns])])
  const ones = writer.floats(Array<number>(kernel ** 2).fill(1), [1, 1, kernel, kernel])
  const sum = writer.node('ConvTranspose', [maps, ones], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: padsOf(window, shape),
    output_padding: [unseen(window, height), unseen(window, width)],
  })
  return writer.node('Reshape', [sum, writer.integers([-1, channels, height, width])])
}

/** One over what each window averages over: 1×1×h×w, or a scalar. */
function reciprocals(writer: OnnxWriter, window: AveragePooling, height: number, width: number): string {
  const [down, across] = [counted(window, height), counted(window, width)]
  const each = down.flatMap((rows) => across.map((columns) => 1 / (rows * columns)))
  if (new Set(each).size === 1) return writer.floats(each.slice(0, 1))
  return writer.floats(each, [1, 1, down.length, across.length])
}

/** Cells at the end of a side that no window sees. */
function unseen(window: AveragePooling, size: number): number {
  const { kernel, stride, padding } = window
  const count = windows(window, size) as number
  return Math.max(0, size + padding - ((count - 1) * stride + kernel))
}
