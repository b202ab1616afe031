import type { LrnConstants, Size } from '../ir.ts'
import type { OnnxWriter, Operand } from './writer.ts'

/** ONNX divides the window's sum by its size, so α is multiplied by it. */
export function lrn(writer: OnnxWriter, constants: LrnConstants, x: Operand): string {
  const { size, alpha, beta, k } = constants
  if (writer.dialect === 'portable') {
    const base = normalizer(writer, constants, x)
    return writer.node('Mul', [x.name, writer.node('Pow', [base, writer.floats([-beta])])])
  }
  return writer.node('LRN', [x.name], {
    size,
    alpha: { float: alpha * size },
    beta: { float: beta },
    bias: { float: k },
  })
}

/** dx = dy·s^−β − 2αβ·x·Σ_window (dy·y/s), with s = k + α Σ_window x². */
export function lrnGradient(
  writer: OnnxWriter,
  constants: LrnConstants,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  const { size, alpha, beta } = constants
  const scalar = (value: number): string => writer.floats([value])
  const multiply = (a: string, b: string): string => writer.node('Mul', [a, b])
  const s = normalizer(writer, constants, x)
  const direct = multiply(dy.name, writer.node('Pow', [s, scalar(-beta)]))
  const shared = windowSum(writer, size, writer.node('Div', [multiply(dy.name, y.name), s]), x.shape)
  return writer.node('Sub', [direct, multiply(multiply(x.name, scalar(2 * alpha * beta)), shared)])
}

/** k + α Σ_window x² */
function normalizer(writer: OnnxWriter, { size, alpha, k }: LrnConstants, x: Operand): string {
  const sum = windowSum(writer, size, writer.node('Mul', [x.name, x.name]), x.shape)
  return writer.node('Add', [writer.node('Mul', [sum, writer.floats([alpha])]), writer.floats([k])])
}

/** Sum over `size` neighboring channels: an average pool over N×1×C×(H·W) whose zeros count, times its size. */
function windowSum(writer: OnnxWriter, size: number, x: string, shape: readonly Size[]): string {
  const [, channels, height, width] = shape as [Size, number, number, number]
  const before = Math.floor((size - 1) / 2)
  const after = size - 1 - before
  const columns = writer.node('Reshape', [x, writer.integers([0, 1, channels, height * width])])
  const mean = writer.node('AveragePool', [columns], {
    kernel_shape: [size, 1],
    strides: [1, 1],
    pads: [before, 0, after, 0],
    count_include_pad: 1,
  })
  const restored = writer.node('Reshape', [mean, writer.integers([0, channels, height, width])])
  return writer.node('Mul', [restored, writer.floats([size])])
}
