import type { Convolution, Size } from '../ir.ts'
import { winograd, winogradInputGradient, winogradTapGradients } from './winograd.ts'
import type { Attributes, OnnxWriter, Operand } from './writer.ts'

/** Below this many output positions, images are multiplied together: one alone would starve the matrix product. */
const positionsWorthAnImage = 1024
/** Up to this many input channels, all taps are multiplied at once: one alone would be a sliver. */
export const channelsWorthATap = 16

export function conv2d(
  writer: OnnxWriter,
  { kernel, stride, padding, groups, dilation = 1, algorithm }: Convolution,
  x: Operand,
  weight: Operand,
  bias?: Operand,
): string {
  if (algorithm === 'winograd') return winograd(writer, x, weight, bias)
  const attributes = {
    ...groupAttribute(groups),
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    ...(dilation > 1 && { dilations: [dilation, dilation] }),
  }
  return direct(writer, attributes, x, weight, bias)
}

/**
 * dx of y = conv(x, w): at stride 1 the convolution of dy with w turned by 180° and its channels exchanged (which
 * ONNX Runtime does faster than ConvTranspose), else ConvTranspose.
 */
export function conv2dInputGradient(
  writer: OnnxWriter,
  { kernel, stride, padding, groups, algorithm }: Convolution,
  dy: Operand,
  weight: Operand,
  shape: readonly Size[],
): string {
  if (algorithm === 'winograd') return winogradInputGradient(writer, dy, weight)
  if (stride === 1 && padding < kernel) {
    const pad = kernel - 1 - padding
    const attributes = {
      ...groupAttribute(groups),
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
    }
    return direct(writer, attributes, dy, turned(writer, groups, weight))
  }
  const rest = [2, 3].map((axis) => {
    const [size, output] = [shape[axis] as number, dy.shape[axis] as number]
    return size - ((output - 1) * stride + kernel - 2 * padding)
  })
  return writer.node('ConvTranspose', [dy.name, weight.name], {
    ...groupAttribute(groups),
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: rest,
  })
}

const groupAttribute = (groups: number): Attributes => (groups === 1 ? {} : { group: groups })

/**
 * Conv, so that GPU providers are right. WebGPU's (ONNX Runtime 1.30) takes three channels at a time where those of x
 * divide by 3 and not by 4 and those of y by 4, and is right for the first three only: there x and the weights get a
 * channel of zeros more.
 */
function direct(
  writer: OnnxWriter,
  attributes: Attributes,
  x: Operand,
  weight: Operand,
  bias?: Operand,
): string {
  const [outputs, inputs] = weight.shape as [number, number]
  const inThrees =
    attributes.group === undefined && inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && outputs % 4 === 0
  const widened = (name: string): string =>
    writer.node('Pad', [name, writer.integers([0, 0, 0, 0, 0, 1, 0, 0])])
  const names = [x.name, weight.name]
  const operands = writer.dialect === 'portable' && inThrees ? names.map(widened) : names
  return writer.node('Conv', [...operands, ...(bias ? [bias.name] : [])], attributes)
}

/**
 * O×(I/groups)×k×k → I×(O/groups)×k×k with taps in reverse order (by a product with an exchange matrix: faster than
 * Slice or Gather).
 */
function turned(writer: OnnxWriter, groups: number, weight: Operand): Operand {
  const [outputs, inputs, kernel] = weight.shape as [number, number, number]
  const shape = [groups * inputs, outputs / groups, kernel, kernel]
  if (kernel === 1 && groups === 1) {
    return { name: writer.node('Transpose', [weight.name], { perm: [1, 0, 2, 3] }), shape }
  }
  const taps = kernel * kernel
  const exchange = Float32Array.from({ length: taps * taps }, (_, index) =>
    Math.floor(index / taps) + (index % taps) === taps - 1 ? 1 : 0,
  )
  const rows = writer.node('Reshape', [weight.name, writer.integers([outputs * inputs, taps])])
  const reversed = writer.node('MatMul', [rows, writer.floats(exchange, [taps, taps])])
  const own = groups === 1 ? [] : [groups]
  const cube = writer.node('Reshape', [reversed, writer.integers([...own, outputs / groups, inputs, taps])])
  const perm = groups === 1 ? [1, 0, 2] : [0, 2, 1, 3]
  const exchanged = writer.node('Transpose', [cube], { perm })
  return { name: writer.node('Reshape', [exchanged, writer.integers(shape)]), shape }
}

/**
 * dweight = Σ over images and positions of dy ⊗ (x seen through each tap): a matrix product per tap, O×(H·W) by
 * (H·W)×I. Summed over images afterwards where an image has positions enough, else with the images side by side.
 */
export function conv2dWeightGradient(
  writer: OnnxWriter,
  convolution: Convolution,
  dy: Operand,
  x: Operand,
  shape: readonly Size[],
): string {
  const [outputs, inputs, kernel] = shape as [number, number, number]
  const stacked = writer.node('Transpose', [conv2dTapGradients(writer, convolution, dy, x)], {
    perm: [1, 2, 0],
  })
  return writer.node('Reshape', [stacked, writer.integers([outputs, inputs, kernel, kernel])])
}

/** The same with taps first, k²×O×I. */
export function conv2dTapGradients(
  writer: OnnxWriter,
  convolution: Convolution,
  dy: Operand,
  x: Operand,
): string {
  if (convolution.algorithm === 'winograd') return winogradTapGradients(writer, dy, x)
  if (convolution.groups > 1) return groupedTapGradients(writer, convolution, dy, x)
  const outputs = dy.shape[1] as number
  const { taps, together, matrix, inputs, dy: dyMatrix } = seenThroughTaps(writer, convolution, dy, x)
  const product = (seen: string, channels: number): string =>
    productOf(writer, dyMatrix, matrix(seen, channels), together)
  if (inputs > channelsWorthATap || taps.length === 1) {
    const planes = taps.map((tap) =>
      writer.node('Reshape', [product(tap, inputs), writer.integers([1, outputs, inputs])]),
    )
    return planes.length === 1 ? planes[0]! : writer.node('Concat', planes, { axis: 0 })
  }
  const all = writer.node('Concat', taps, { axis: together ? 0 : 1 })
  const rows = writer.node('Reshape', [
    product(all, taps.length * inputs),
    writer.integers([outputs, taps.length, inputs]),
  ])
  return writer.node('Transpose', [rows], { perm: [1, 0, 2] })
}

/** A matrix product per tap and group, over all images at once: k²×O×(I/groups). */
function groupedTapGradients(writer: OnnxWriter, convolution: Convolution, dy: Operand, x: Operand): string {
  const { groups } = convolution
  const [, outputs, height, width] = dy.shape as [Size, number, number, number]
  const inputs = x.shape[1] as number
  const matrices = (name: string, channels: number): string =>
    writer.node('Reshape', [name, writer.integers([groups, channels / groups, -1])])
  const left = matrices(writer.node('Transpose', [dy.name], { perm: [1, 0, 2, 3] }), outputs)
  const planes = tapsOf(writer, convolution, x, height, width, true).map((tap) => {
    const product = timesTransposed(writer, left, matrices(tap, inputs))
    return writer.node('Reshape', [product, writer.integers([1, outputs, inputs / groups])])
  })
  return planes.length === 1 ? planes[0]! : writer.node('Concat', planes, { axis: 0 })
}

/** What the products of a weight gradient multiply: dy as a matrix, and x as each tap of the window sees it. */
function seenThroughTaps(writer: OnnxWriter, window: Convolution, dy: Operand, x: Operand) {
  const [, outputs, height, width] = dy.shape as [Size, number, number, number]
  const together = height * width < positionsWorthAnImage
  const matrix = (name: string, channels: number): string =>
    matrixOf(writer, name, channels, height * width, together)
  const dyTogether = together ? writer.node('Transpose', [dy.name], { perm: [1, 0, 2, 3] }) : dy.name
  return {
    inputs: x.shape[1] as number,
    together,
    matrix,
    dy: matrix(dyTogether, outputs),
    taps: tapsOf(writer, window, x, height, width, together),
  }
}

/** x as each tap of the window sees it: N×I×height×width, or I×N×height×width where images lie together. */
function tapsOf(
  writer: OnnxWriter,
  { kernel, stride, padding }: Convolution,
  x: Operand,
  height: number,
  width: number,
  together: boolean,
): string[] {
  const image = together ? writer.node('Transpose', [x.name], { perm: [1, 0, 2, 3] }) : x.name
  if (kernel === 1 && stride === 1 && padding === 0) return [image]
  const pads = [0, 0, padding, padding, 0, 0, padding, padding]
  const padded = padding > 0 ? writer.node('Pad', [image, writer.integers(pads)]) : image
  const axes = writer.integers([2, 3])
  const steps = writer.integers([stride, stride])
  return Array.from({ length: kernel * kernel }, (_, tap) => {
    const [row, column] = [Math.floor(tap / kernel), tap % kernel]
    const start = writer.integers([row, column])
    const end = writer.integers([row + (height - 1) * stride + 1, column + (width - 1) * stride + 1])
    return writer.node('Slice', [padded, start, end, axes, steps])
  })
}

/** N×C×H×W → N×C×(H·W), or C×N×H×W → C×(N·H·W). */
function matrixOf(
  writer: OnnxWriter,
  name: string,
  channels: number,
  positions: number,
  together: boolean,
): string {
  const target = together ? [channels, -1] : [0, channels, positions]
  return writer.node('Reshape', [name, writer.integers(target)])
}

/** a·bᵀ, summed over images. */
function productOf(writer: OnnxWriter, a: string, b: string, together: boolean): string {
  if (together) return writer.node('Gemm', [a, b], { transB: 1 })
  const products = timesTransposed(writer, a, b)
  return writer.node('ReduceSum', [products, writer.integers([0])], { keepdims: 0 })
}

/** a·bᵀ of each pair of matrices. */
function timesTransposed(writer: OnnxWriter, a: string, b: string): string {
  return writer.dialect === 'cpu'
    ? writer.microsoft('FusedMatMul', [a, b], { transB: 1 })
    : writer.node('MatMul', [a, writer.node('Transpose', [b], { perm: [0, 2, 1] })])
}
