import { dataTypes } from './schema.ts'
import type { OnnxWriter } from './writer.ts'

/** What is done to a decoded picture before a network sees it. */
export interface Preparation {
  /** crop: shorter side to the scale; pad: longer side, in the middle of a square; squash: both. */
  readonly mode: 'crop' | 'pad' | 'squash'
  /** Color beside a padded picture, whole levels. */
  readonly fill: readonly number[]
  /** Test scale Q, pixels. */
  readonly scale: number
  /** Side of the middle that is cut out; null: all of it. */
  readonly crop: number | null
  /** Per channel, in levels 0–255. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/**
 * Writes the whole preparation as ONNX nodes: from `picture`, uint8 N×H×W×3 RGB of any size, to normalized crops N×3×H×W.
 * The same sizes and roundings as evaluation: in double precision until levels are rounded, once, after resizing.
 * Resizing is two matrix products, and not the operator Resize: that has antialiasing from opset 18 on only, in few
 * runtimes, and computes its filter in single precision, so that one in 300 levels is off by one.
 * @returns name of the result
 */
export function preparePicture(writer: OnnxWriter, picture: string, preparation: Preparation): string {
  const { mode, scale, fill, crop, mean, std } = preparation
  const planes = writer.node('Transpose', [writer.node('Cast', [picture], { to: dataTypes.double })], {
    perm: [0, 3, 1, 2],
  })
  const shape = writer.node('Shape', [picture])
  const original = writer.node('Slice', [shape, writer.integers([1]), writer.integers([3])])
  const sizes = contentSize(writer, original, mode, scale)
  const [rows, columns] = [0, 1].map((axis) => filter(writer, original, sizes, axis)) as [string, string]
  const transposed = writer.node('Transpose', [columns], { perm: [1, 0] })
  const resized = writer.node('MatMul', [writer.node('MatMul', [rows, planes]), transposed])
  const levels = rounded(writer, resized)
  const canvas = mode === 'pad' ? onSquare(writer, levels, sizes, scale, fill) : levels
  const canvasSize = mode === 'pad' ? writer.integers([scale, scale]) : sizes
  const seen = crop === null ? canvas : middle(writer, canvas, canvasSize, crop)
  const perChannel = (values: readonly number[]): string => writer.floats(values, [1, 3, 1, 1])
  return writer.node('Div', [writer.node('Sub', [seen, perChannel(mean)]), perChannel(std)])
}

/** [height, width] of the resized picture. */
function contentSize(writer: OnnxWriter, original: string, mode: Preparation['mode'], scale: number): string {
  if (mode === 'squash') return writer.integers([scale, scale])
  const sides = writer.node('Cast', [original], { to: dataTypes.double })
  const [height, width] = [0, 1].map((at) => writer.node('Gather', [sides, writer.integers([at])])) as [
    string,
    string,
  ]
  const reference = writer.node(mode === 'pad' ? 'Max' : 'Min', [height, width])
  const ratio = writer.node('Div', [writer.double(scale), reference])
  const half = writer.node('Add', [writer.node('Mul', [sides, ratio]), writer.double(0.5)])
  const whole = writer.node('Cast', [writer.node('Floor', [half])], { to: dataTypes.int64 })
  // A side of a very narrow picture is one pixel at least.
  return writer.node('Max', [whole, writer.integers([1])])
}

/**
 * Weights of the linear filter with antialiasing along an axis, target × source: a triangle around each target pixel's
 * center, as wide as two source pixels or two target pixels, whichever are larger; rows sum to 1.
 */
function filter(writer: OnnxWriter, original: string, sizes: string, axis: number): string {
  const at = writer.integers([axis])
  const [source, target] = [original, sizes].map((side) => writer.node('Gather', [side, at])) as [
    string,
    string,
  ]
  const double = (name: string): string => writer.node('Cast', [name], { to: dataTypes.double })
  const ratio = writer.node('Div', [double(source), double(target)])
  const support = writer.node('Max', [ratio, writer.double(1)])
  const centers = writer.node('Mul', [centersOf(writer, target), ratio])
  const column = writer.node('Unsqueeze', [centers, writer.integers([1])])
  const distance = writer.node('Abs', [writer.node('Sub', [centersOf(writer, source), column])])
  const height = writer.node('Sub', [writer.double(1), writer.node('Div', [distance, support])])
  const triangle = writer.node('Max', [height, writer.double(0)])
  const sum = writer.node('ReduceSum', [triangle, writer.integers([1])], { keepdims: 1 })
  return writer.node('Div', [triangle, sum])
}

/** ½, 1½, … of as many pixels. */
function centersOf(writer: OnnxWriter, side: string): string {
  const scalar = writer.node('Squeeze', [side, writer.integers([0])])
  const indices = writer.node('Range', [writer.integer(0), scalar, writer.integer(1)])
  return writer.node('Add', [writer.node('Cast', [indices], { to: dataTypes.double }), writer.double(0.5)])
}

/** Levels are whole numbers, rounded half up. */
function rounded(writer: OnnxWriter, levels: string): string {
  const whole = writer.node('Floor', [writer.node('Add', [levels, writer.double(0.5)])])
  return writer.node('Cast', [whole], { to: dataTypes.float })
}

/** In the middle of a square of one color. Pad has one value for all channels: zero. */
function onSquare(
  writer: OnnxWriter,
  levels: string,
  sizes: string,
  scale: number,
  color: readonly number[],
): string {
  const fill = writer.floats(color, [1, 3, 1, 1])
  const room = writer.node('Sub', [writer.integers([scale, scale]), sizes])
  const before = writer.node('Div', [room, writer.integers([2])])
  const after = writer.node('Sub', [room, before])
  const none = writer.integers([0, 0])
  const pads = writer.node('Concat', [none, before, none, after], { axis: 0 })
  const padded = writer.node('Pad', [writer.node('Sub', [levels, fill]), pads])
  return writer.node('Add', [padded, fill])
}

function middle(writer: OnnxWriter, canvas: string, size: string, crop: number): string {
  const sides = writer.integers([crop, crop])
  const start = writer.node('Div', [writer.node('Sub', [size, sides]), writer.integers([2])])
  const end = writer.node('Add', [start, sides])
  return writer.node('Slice', [canvas, start, end, writer.integers([2, 3])])
}
