import type { AveragePooling, Pooling, Size, Window } from '../ir.ts'
import { padsOf, type Pads } from '../window.ts'
import { otherSizes } from './layout.ts'
import { padded, trimmed } from './padding.ts'
import type { Attributes, Computation, TensorflowWriter } from './writer.ts'

/** What no number is below, in bfloat16 too. */
const lowest = -3.3895313892515355e38

/** Max pooling of x, N×C×H×W in our graph. Padding is an operation of its own: few of TensorFlow's kernels take it. */
export function maxPool(
  writer: TensorflowWriter,
  type: Computation,
  window: Pooling,
  x: string,
  shape: readonly Size[],
): string {
  const source = padded(writer, type, x, padsOf(window, shape), lowest)
  return writer.node('MaxPool', [source], attributesOf(type, window))
}

/** dx, of the shape, of [dy, y, x] */
export function maxPoolGradient(
  writer: TensorflowWriter,
  type: Computation,
  window: Pooling,
  [dy, y, x]: readonly string[],
  shape: readonly Size[],
): string {
  const pads = padsOf(window, shape)
  const source = padded(writer, type, x!, pads, lowest)
  const dx = writer.node('MaxPoolGrad', [source, y!, dy!], attributesOf(type, window))
  return trimmed(writer, type, dx, pads, shape)
}

/** Average pooling of x, N×C×H×W in our graph. */
export function averagePool(
  writer: TensorflowWriter,
  type: Computation,
  window: AveragePooling,
  x: string,
  shape: readonly Size[],
): string {
  const pads = padsOf(window, shape)
  const source = padded(writer, type, x, pads, 0)
  const mean = writer.node('AvgPool', [source], averageAttributes(type, window))
  const share = seen(writer, type, window, pads, x, shape)
  return share === undefined ? mean : writer.node('RealDiv', [mean, share], { T: { type } })
}

/** dx, of the shape, of dy */
export function averagePoolGradient(
  writer: TensorflowWriter,
  type: Computation,
  window: AveragePooling,
  dy: string,
  shape: readonly Size[],
): string {
  const pads = padsOf(window, shape)
  const [top, left, bottom, right] = pads
  const [, channels, height, width] = shape as [Size, number, number, number]
  const sizes = otherSizes(writer, type, dy, [height + top + bottom, width + left + right, channels])
  const share = seen(writer, type, window, pads, dy, shape)
  const own = share === undefined ? dy : writer.node('RealDiv', [dy, share], { T: { type } })
  const dx = writer.node('AvgPoolGrad', [sizes, own], averageAttributes(type, window))
  return trimmed(writer, type, dx, pads, shape)
}

/**
 * Which share of each window counts, 1×h×w×1: the mean of ones, and zeros where nothing counts. Undefined where all of
 * each does.
 */
function seen(
  writer: TensorflowWriter,
  type: Computation,
  window: AveragePooling,
  pads: Pads,
  like: string,
  [, , height, width]: readonly Size[],
): string | undefined {
  const border = window.countPadding ? window.padding : 0
  if (pads.every((pad) => pad <= border)) return undefined
  const int32 = { type: 'int32' } as const
  const sizes =
    typeof height === 'number' && typeof width === 'number'
      ? writer.integers([1, height, width, 1])
      : sidesOf(writer, type, like)
  const one = writer.cast({ name: writer.float(1), type: 'float' }, type)
  const ones = writer.node('Fill', [sizes, one], { T: { type }, index_type: int32 })
  const inside = padded(writer, type, ones, [border, border, border, border], 1)
  const rest = pads.map((pad) => Math.max(0, pad - border)) as unknown as Pads
  return writer.node('AvgPool', [padded(writer, type, inside, rest, 0)], averageAttributes(type, window))
}

/** 1×H×W×1 as a shape, with the sides of an image known at run time. */
function sidesOf(writer: TensorflowWriter, type: Computation, x: string): string {
  const int32 = { type: 'int32' } as const
  const shape = writer.node('Shape', [x], { T: { type }, out_type: int32 })
  const sides = writer.node('Slice', [shape, writer.integers([1]), writer.integers([2])], {
    T: int32,
    Index: int32,
  })
  const one = writer.integers([1])
  return writer.node('ConcatV2', [one, sides, one, writer.integer(0)], {
    T: int32,
    Tidx: int32,
    N: { int: 3 },
  })
}

function averageAttributes(type: Computation, window: Window): Attributes {
  const { T, ksize, strides, padding, data_format } = attributesOf(type, window)
  return { T, ksize, strides, padding, data_format } as Attributes
}

function attributesOf(type: Computation, { kernel, stride }: Window): Attributes {
  return {
    T: { type },
    ksize: { ints: [1, kernel, kernel, 1] },
    strides: { ints: [1, stride, stride, 1] },
    padding: 'VALID',
    explicit_paddings: { ints: [] },
    data_format: 'NHWC',
  }
}
