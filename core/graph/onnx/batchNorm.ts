import type { Size } from '../ir.ts'
import type { OnnxWriter, Operand } from './writer.ts'

/** Ioffe & Szegedy 2015, Algorithm 1, from primitives: ONNX's own training form is missing on several devices. */
export function batchNormTraining(
  writer: OnnxWriter,
  epsilon: number,
  x: Operand,
  scale: Operand,
  shift: Operand,
): readonly string[] {
  const axes = writer.integers([0, 2, 3])
  const mean = writer.node('ReduceMean', [x.name, axes], { keepdims: 1 })
  const centered = writer.node('Sub', [x.name, mean])
  const variance = writer.node('ReduceMean', [writer.node('Mul', [centered, centered]), axes], {
    keepdims: 1,
  })
  const slope = writer.node('Mul', [column(writer, scale), inverseDeviation(writer, epsilon, variance)])
  const y = writer.node('Add', [writer.node('Mul', [centered, slope]), column(writer, shift)])
  return [y, flat(writer, mean), flat(writer, variance)]
}

/** dx = scale/σ · (dy − mean(dy) − x̂·mean(dy·x̂)), dscale = Σ dy·x̂, dshift = Σ dy. */
export function batchNormTrainingGradient(
  writer: OnnxWriter,
  epsilon: number,
  dy: Operand,
  x: Operand,
  scale: Operand,
  mean: Operand,
  variance: Operand,
): readonly string[] {
  const axes = writer.integers([0, 2, 3])
  const inverse = inverseDeviation(writer, epsilon, column(writer, variance))
  const normalized = writer.node('Mul', [writer.node('Sub', [x.name, column(writer, mean)]), inverse])
  const product = writer.node('Mul', [dy.name, normalized])
  const dscale = writer.node('ReduceSum', [product, axes], { keepdims: 0 })
  const dshift = writer.node('ReduceSum', [dy.name, axes], { keepdims: 0 })
  const meanProduct = writer.node('ReduceMean', [product, axes], { keepdims: 1 })
  const meanGradient = writer.node('ReduceMean', [dy.name, axes], { keepdims: 1 })
  const inner = writer.node('Sub', [
    writer.node('Sub', [dy.name, meanGradient]),
    writer.node('Mul', [normalized, meanProduct]),
  ])
  const dx = writer.node('Mul', [inner, writer.node('Mul', [column(writer, scale), inverse])])
  return [dx, dscale, dshift]
}

/** Batch normalization with given statistics. */
export function batchNorm(writer: OnnxWriter, epsilon: number, inputs: readonly string[]): string {
  return writer.node('BatchNormalization', inputs, { epsilon: { float: epsilon } })
}

export function batchNormGradient(
  writer: OnnxWriter,
  epsilon: number,
  dy: Operand,
  scale: Operand,
  variance: Operand,
): string {
  const inverse = inverseDeviation(writer, epsilon, column(writer, variance))
  return writer.node('Mul', [dy.name, writer.node('Mul', [column(writer, scale), inverse])])
}

function inverseDeviation(writer: OnnxWriter, epsilon: number, variance: string): string {
  const deviation = writer.node('Sqrt', [writer.node('Add', [variance, writer.floats([epsilon])])])
  return writer.node('Reciprocal', [deviation])
}

/** C → 1×C×1×1 */
function column(writer: OnnxWriter, operand: Operand): string {
  const [channels] = operand.shape as readonly [Size & number]
  return writer.node('Reshape', [operand.name, writer.integers([1, channels, 1, 1])])
}

function flat(writer: OnnxWriter, value: string): string {
  return writer.node('Reshape', [value, writer.integers([-1])])
}
