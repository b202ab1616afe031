import type { Pooling, Size } from '../ir.ts'
import { padsOf, type Pads } from '../window.ts'
import { interleave } from './interleave.ts'
import type { Attributes, OnnxWriter, Operand } from './writer.ts'

export function maxPool(writer: OnnxWriter, window: Pooling, x: Operand): string {
  return writer.node('MaxPool', [x.name], attributesOf(window, padsOf(window, x.shape)))
}

/** Sends dy to the first maximum of each window, summed up where windows overlap. */
export function maxPoolGradient(
  writer: OnnxWriter,
  window: Pooling,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  if (writer.dialect === 'portable') return fromComparisons(writer, window, dy, y, x)
  const apart = window.kernel <= window.stride && padsOf(window, x.shape).every((pad) => pad === 0)
  return apart ? unpooled(writer, window, dy, y, x) : scattered(writer, dy, y, x)
}

function attributesOf({ kernel, stride }: Pooling, pads: Pads): Attributes {
  const window = { kernel_shape: [kernel, kernel], strides: [stride, stride] }
  return pads.every((pad) => pad === 0) ? window : { ...window, pads }
}

/**
 * Where windows don't overlap: MaxUnpool writes each value to the place that MaxPool's indices name; MaxPool gives them
 * only when they are asked for.
 */
function unpooled(writer: OnnxWriter, window: Pooling, dy: Operand, y: Operand, x: Operand): string {
  const indices = writer.further(y.name)
  const shape = writer.node('Concat', [images(writer, dy), writer.integers(sizes(x))], { axis: 0 })
  return writer.node('MaxUnpool', [dy.name, indices, shape], attributesOf(window, [0, 0, 0, 0]))
}

/** Where they do: each value is added to the place that MaxPool's indices name. */
function scattered(writer: OnnxWriter, dy: Operand, y: Operand, x: Operand): string {
  const flat = writer.integers([-1])
  const indices = writer.node('Reshape', [writer.further(y.name), flat])
  const values = writer.node('Reshape', [dy.name, flat])
  const count = sizes(x).reduce((product, size) => product * size, 1)
  const all = writer.node('Mul', [images(writer, dy), writer.integers([count])])
  // Zeros, which is what ConstantOfShape gives.
  const nothing = writer.node('ConstantOfShape', [all])
  const sums = writer.node('ScatterElements', [nothing, indices, values], {
    axis: 0,
    reduction: { text: 'add' },
  })
  return writer.node('Reshape', [sums, writer.integers([-1, ...sizes(x)])])
}

/** How many there are. Not from x itself, which would keep it in memory. */
function images(writer: OnnxWriter, dy: Operand): string {
  return writer.node('Shape', [dy.name], { start: 0, end: 1 })
}

/** Sizes of one image, without the batch axis. */
const sizes = ({ shape }: Operand): number[] => shape.slice(1) as number[]

/**
 * Gradient for each place in the window: dy where x equals the maximum and no earlier place did. Places that are a stride
 * apart see the same cells one window later: they add up. Then all are interleaved.
 */
function fromComparisons(writer: OnnxWriter, window: Pooling, dy: Operand, y: Operand, x: Operand): string {
  const { kernel, stride } = window
  const pads = padsOf(window, x.shape)
  const [, , height, width] = y.shape as [Size, number, number, number]
  const source = lowest(writer, x.name, pads)
  const zero = (): string => writer.floats([0])
  /** How many windows see a cell, along a side. */
  const overlap = Math.ceil(kernel / stride)
  const cells: (string | undefined)[][] = Array.from({ length: stride }, () => Array(stride).fill(undefined))
  let left = dy.name
  for (let row = 0; row < kernel; row++) {
    for (let column = 0; column < kernel; column++) {
      const seen = writer.node('Slice', [
        source,
        writer.integers([row, column]),
        writer.integers([row + (height - 1) * stride + 1, column + (width - 1) * stride + 1]),
        writer.integers([2, 3]),
        writer.integers([stride, stride]),
      ])
      const isMaximum = writer.node('Equal', [seen, y.name])
      const own = writer.node('Where', [isMaximum, left, zero()])
      left = writer.node('Where', [isMaximum, zero(), left])
      const later = [Math.floor(row / stride), Math.floor(column / stride)] as const
      const moved = shifted(writer, own, later, overlap - 1)
      const [down, right] = [row % stride, column % stride]
      const sum = cells[down]![right]
      cells[down]![right] = sum === undefined ? moved : writer.node('Add', [sum, moved])
    }
  }
  const known = cells.flat().find((name) => name !== undefined)!
  const places = cells.map((row) => row.map((name) => name ?? writer.node('Mul', [known, zero()])))
  const grid = { height: height + overlap - 1, width: width + overlap - 1 }
  return interleave(writer, places, grid, [pads[0], pads[1]], x.shape)
}

/** Padded by what no number is below. */
function lowest(writer: OnnxWriter, x: string, pads: Pads): string {
  if (pads.every((pad) => pad === 0)) return x
  const [top, left, bottom, right] = pads
  const amounts = writer.integers([0, 0, top, left, 0, 0, bottom, right])
  return writer.node('Pad', [x, amounts, writer.floats([-3.4028234663852886e38])])
}

/** Shifted by this many rows and columns, among zeros: `more` rows and columns more. */
function shifted(
  writer: OnnxWriter,
  map: string,
  [rows, columns]: readonly [number, number],
  more: number,
): string {
  if (more === 0) return map
  return writer.node('Pad', [map, writer.integers([0, 0, rows, columns, 0, 0, more - rows, more - columns])])
}
