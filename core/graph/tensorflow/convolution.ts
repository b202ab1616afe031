import type { Convolution, OperationOf, Size, Window } from '../ir.ts'
import type { Pads } from '../window.ts'
import { otherSizes } from './layout.ts'
import { padded, trimmed } from './padding.ts'
import type { Attributes, Computation, TensorflowWriter } from './writer.ts'

/** Where channels lie in images N×H×W×C, and output channels in weights kH×kW×I×O. */
const channelAxis = 3

/** y = conv(x, w) + b of [x, w, b?]. */
export function conv2d(
  writer: TensorflowWriter,
  type: Computation,
  window: Convolution,
  [x, weight, bias]: readonly string[],
): string {
  const source = padded(writer, type, x!, padsOf(window), 0)
  const y = inGroups(writer, type, window.groups, [source, weight!], ([part, own]) =>
    writer.node('Conv2D', [part!, own!], attributesOf(type, window)),
  )
  return bias === undefined ? y : writer.node('BiasAdd', [y, bias], { T: { type }, data_format: 'NHWC' })
}

/** dx of [dy, w] */
export function conv2dInputGradient(
  writer: TensorflowWriter,
  type: Computation,
  { convolution: window, shape }: OperationOf<'conv2dInputGradient'>,
  [dy, weight]: readonly string[],
): string {
  const [, channels, height, width] = shape as [Size, number, number, number]
  const pads = padsOf(window)
  const border = pads[0]
  const padded = [height + 2 * border, width + 2 * border, channels / window.groups]
  const sizes = otherSizes(writer, type, dy!, padded)
  const dx = inGroups(writer, type, window.groups, [dy!, weight!], ([part, own]) =>
    writer.node('Conv2DBackpropInput', [sizes, own!, part!], attributesOf(type, window)),
  )
  return trimmed(writer, type, dx, pads, shape)
}

/** dw of [dy, x] */
export function conv2dWeightGradient(
  writer: TensorflowWriter,
  type: Computation,
  window: Convolution,
  [dy, x]: readonly string[],
  shape: readonly Size[],
): string {
  const [outputs, inputs, height, width] = shape as [number, number, number, number]
  const sizes = writer.integers([height, width, inputs, outputs / window.groups])
  const source = padded(writer, type, x!, padsOf(window), 0)
  return inGroups(writer, type, window.groups, [dy!, source], ([part, own]) =>
    writer.node('Conv2DBackpropFilter', [own!, sizes, part!], attributesOf(type, window)),
  )
}

/** The same with taps first, k²×O×I. */
export function conv2dTapGradients(
  writer: TensorflowWriter,
  type: Computation,
  window: Convolution,
  inputs: readonly string[],
  [taps, outputs, channels]: readonly Size[],
): string {
  const { kernel } = window
  const shape = [outputs!, channels!, kernel, kernel]
  const gradient = conv2dWeightGradient(writer, type, window, inputs, shape)
  const exchanged = writer.node('Transpose', [gradient, writer.integers([0, 1, 3, 2])], {
    T: { type },
    Tperm: { type: 'int32' },
  })
  const sizes = writer.integers([taps, outputs, channels] as number[])
  return writer.node('Reshape', [exchanged, sizes], { T: { type }, Tshape: { type: 'int32' } })
}

/**
 * Each group of both operands' channels by itself, the results joined: TensorFlow's convolutions on a CPU take no groups.
 *
 * @param convolve of an operand's group each
 */
function inGroups(
  writer: TensorflowWriter,
  type: Computation,
  groups: number,
  operands: readonly string[],
  convolve: (parts: readonly string[]) => string,
): string {
  if (groups === 1) return convolve(operands)
  const axis = writer.integer(channelAxis)
  const split = operands.map((name) =>
    writer.node('Split', [axis, name], { T: { type }, num_split: { int: groups } }),
  )
  const results = Array.from({ length: groups }, (_, group) =>
    convolve(split.map((name) => `${name}:${group}`)),
  )
  return writer.node('ConcatV2', [...results, axis], {
    T: { type },
    Tidx: { type: 'int32' },
    N: { int: groups },
  })
}

/** TensorFlow's SAME pads as we do at stride 1 only; other paddings are written out, since few of its kernels take them. */
function paddingMode({ kernel, stride, padding }: Window): 'valid' | 'same' | 'explicit' {
  if (padding === 0) return 'valid'
  return stride === 1 && 2 * padding === kernel - 1 ? 'same' : 'explicit'
}

/** What is written out. */
function padsOf(window: Window): Pads {
  const border = paddingMode(window) === 'explicit' ? window.padding : 0
  return [border, border, border, border]
}

function attributesOf(type: Computation, window: Window & Pick<Convolution, 'dilation'>): Attributes {
  const { dilation = 1 } = window
  return {
    T: { type },
    strides: { ints: [1, window.stride, window.stride, 1] },
    padding: paddingMode(window) === 'same' ? 'SAME' : 'VALID',
    explicit_paddings: { ints: [] },
    dilations: { ints: [1, dilation, dilation, 1] },
    data_format: 'NHWC',
    use_cudnn_on_gpu: true,
  }
}
