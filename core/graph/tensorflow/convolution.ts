import type { Convolution, OperationOf, Size, Window } from '../ir.ts'
import { otherSizes } from './layout.ts'
import type { Attributes, Computation, TensorflowWriter } from './writer.ts'

/** y = conv(x, w) + b of [x, w, b?]. */
export function conv2d(
  writer: TensorflowWriter,
  type: Computation,
  window: Convolution,
  [x, weight, bias]: readonly string[],
): string {
  const source = padded(writer, type, window, x!)
  const y = writer.node('Conv2D', [source, weight!], attributesOf(type, window))
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
  const border = paddingMode(window) === 'explicit' ? window.padding : 0
  const sizes = otherSizes(writer, type, dy!, [height + 2 * border, width + 2 * border, channels])
  const dx = writer.node('Conv2DBackpropInput', [sizes, weight!, dy!], attributesOf(type, window))
  if (border === 0) return dx
  const begin = writer.integers([0, border, border, 0])
  const size = writer.integers([-1, height, width, -1])
  return writer.node('Slice', [dx, begin, size], { T: { type }, Index: { type: 'int32' } })
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
  const sizes = writer.integers([height, width, inputs, outputs])
  const source = padded(writer, type, window, x!)
  return writer.node('Conv2DBackpropFilter', [source, sizes, dy!], attributesOf(type, window))
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

/** TensorFlow's SAME pads as we do at stride 1 only; other paddings are written out, since few of its kernels take them. */
function paddingMode({ kernel, stride, padding }: Window): 'valid' | 'same' | 'explicit' {
  if (padding === 0) return 'valid'
  return stride === 1 && 2 * padding === kernel - 1 ? 'same' : 'explicit'
}

function padded(writer: TensorflowWriter, type: Computation, window: Window, x: string): string {
  if (paddingMode(window) !== 'explicit') return x
  const { padding } = window
  const rows = [0, 0, padding, padding, padding, padding, 0, 0]
  const int32 = { type: 'int32' } as const
  const pairs = writer.node('Reshape', [writer.integers(rows), writer.integers([4, 2])], {
    T: int32,
    Tshape: int32,
  })
  return writer.node('Pad', [x, pairs], { T: { type }, Tpaddings: int32 })
}

function attributesOf(type: Computation, window: Window): Attributes {
  return {
    T: { type },
    strides: { ints: [1, window.stride, window.stride, 1] },
    padding: paddingMode(window) === 'same' ? 'SAME' : 'VALID',
    explicit_paddings: { ints: [] },
    dilations: { ints: [1, 1, 1, 1] },
    data_format: 'NHWC',
    use_cudnn_on_gpu: true,
  }
}
