import { StudioError } from '../../base/errors.ts'
import type { Size, Window } from '../ir.ts'
import type { OnnxWriter, Operand } from './writer.ts'

export function maxPool(writer: OnnxWriter, { kernel, stride }: Window, x: Operand): string {
  return writer.node('MaxPool', [x.name], { kernel_shape: [kernel, kernel], strides: [stride, stride] })
}

/** Sends dy to the first maximum of each window, for windows that do not overlap. */
export function maxPoolGradient(
  writer: OnnxWriter,
  window: Window,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  const { kernel, stride } = window
  if (kernel > stride) {
    throw new StudioError(
      'unsupported-layer',
      `Overlapping ${kernel}×${kernel}/${stride} pooling cannot train yet.`,
    )
  }
  return writer.dialect === 'portable'
    ? fromComparisons(writer, window, dy, y, x)
    : fromIndices(writer, window, dy, y, x)
}

/** MaxUnpool writes each value to the place that MaxPool's indices name; MaxPool gives them only when they are asked for. */
function fromIndices(
  writer: OnnxWriter,
  { kernel, stride }: Window,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  const window = { kernel_shape: [kernel, kernel], strides: [stride, stride] }
  const indices = writer.further(y.name)
  // Not the shape of x itself, which would keep it in memory.
  const images = writer.node('Shape', [dy.name], { start: 0, end: 1 })
  const shape = writer.node('Concat', [images, writer.integers(x.shape.slice(1) as number[])], { axis: 0 })
  return writer.node('MaxUnpool', [dy.name, indices, shape], window)
}

/** For each place in the window: dy where x equals the maximum and no earlier place did; then the places interleaved. */
function fromComparisons(
  writer: OnnxWriter,
  { kernel, stride }: Window,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  const [, , height, width] = y.shape as [Size, number, number, number]
  let left = dy.name
  const places: string[][] = []
  for (let row = 0; row < stride; row++) {
    places.push([])
    for (let column = 0; column < stride; column++) {
      if (row >= kernel || column >= kernel) {
        places[row]!.push(writer.node('Mul', [dy.name, writer.floats([0])]))
        continue
      }
      const seen = writer.node('Slice', [
        x.name,
        writer.integers([row, column]),
        writer.integers([row + (height - 1) * stride + 1, column + (width - 1) * stride + 1]),
        writer.integers([2, 3]),
        writer.integers([stride, stride]),
      ])
      const isMaximum = writer.node('Equal', [seen, y.name])
      places[row]!.push(writer.node('Where', [isMaximum, left, writer.floats([0])]))
      left = writer.node('Where', [isMaximum, writer.floats([0]), left])
    }
  }
  return interleave(writer, places, stride, dy.shape, x.shape)
}

/** places[i][j] N×C×h×w → N×C×H×W with places[i][j] at rows i, i+stride, … and columns likewise; zero beyond. */
function interleave(
  writer: OnnxWriter,
  places: readonly (readonly string[])[],
  stride: number,
  small: readonly Size[],
  large: readonly Size[],
): string {
  const [, channels, height, width] = small as [Size, number, number, number]
  const reshape = (name: string, ...sizes: number[]): string =>
    writer.node('Reshape', [name, writer.integers([0, channels, ...sizes])])
  const rows = places.map((columns) => {
    const separate = columns.map((name) => reshape(name, height, width, 1))
    return reshape(writer.node('Concat', separate, { axis: 4 }), height, 1, width * stride)
  })
  const whole = reshape(writer.node('Concat', rows, { axis: 3 }), height * stride, width * stride)
  const missing = [0, 1].map((side) => (large[2 + side] as number) - (small[2 + side] as number) * stride)
  if (missing.every((count) => count === 0)) return whole
  return writer.node('Pad', [whole, writer.integers([0, 0, 0, 0, 0, 0, ...missing])])
}
