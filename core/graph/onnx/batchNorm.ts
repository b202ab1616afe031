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
  const statistics = [flat(writer, mean), flat(writer, variance)]
  if (writer.dialect === 'cpu')
    return [batchNorm(writer, epsilon, [x.name, scale.name, shift.name, ...statistics]), ...statistics]
  const slope = writer.node('Mul', [column(writer, scale), inverseDeviation(writer, epsilon, variance)])
  const y = writer.node('Add', [writer.node('Mul', [centered, slope]), column(writer, shift)])
  return [y, ...statistics]
}

/**
 * dx = scale/σ · (dy − mean(dy) − x̂·mean(dy·x̂)), dscale = Σ dy·x̂, dshift = Σ dy. Passes over maps are what it costs: sums
 * are taken once, and on the CPU one operation shifts and scales.
 */
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
  const multiply = (first: string, second: string): string => writer.node('Mul', [first, second])
  const inverse = inverseDeviation(writer, epsilon, column(writer, variance))
  const slope = multiply(column(writer, scale), inverse)
  const centered = writer.node('Sub', [x.name, column(writer, mean)])
  const product = multiply(dy.name, centered)
  const [dotted, sum] = [product, dy.name].map((map) =>
    writer.node('ReduceSum', [map, axes], { keepdims: 1 }),
  )
  const [dottedMean, average] = meansOf(writer, [product, dy.name], [dotted!, sum!], dy)
  const along = multiply(dottedMean!, inverse)
  const parameters = [flat(writer, multiply(dotted!, inverse)), flat(writer, sum!)]
  if (writer.dialect === 'cpu') {
    // What is taken from dy·scale/σ is x, normalized again.
    const taken = [flat(writer, multiply(along, slope)), flat(writer, multiply(average!, slope))]
    const rest = batchNorm(writer, epsilon, [x.name, ...taken, mean.name, variance.name])
    return [writer.node('Sub', [multiply(dy.name, slope), rest]), ...parameters]
  }
  const inner = writer.node('Sub', [
    writer.node('Sub', [dy.name, average!]),
    multiply(centered, multiply(along, inverse)),
  ])
  return [multiply(inner, slope), ...parameters]
}

/** Means of maps like dy over all but channels, by their sums; where a GPU would have to ask for the number of images, anew. */
function meansOf(
  writer: OnnxWriter,
  maps: readonly string[],
  sums: readonly string[],
  dy: Operand,
): readonly string[] {
  if (writer.dialect === 'portable')
    return maps.map((map) => writer.node('ReduceMean', [map, writer.integers([0, 2, 3])], { keepdims: 1 }))
  const [, , height, width] = dy.shape as [Size, Size, number, number]
  const images = writer.node('Cast', [writer.node('Shape', [dy.name], { start: 0, end: 1 })], { to: 1 })
  const count = writer.node('Mul', [images, writer.floats([height * width])])
  return sums.map((sum) => writer.node('Div', [sum, count]))
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
