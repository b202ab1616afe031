import type { Size } from '../ir.ts'
import type { OnnxWriter } from './writer.ts'

/**
 * The image N×C×H×W of `shape` out of maps N×C×h×w: places[i][j] has its rows i, i+stride, … and columns likewise,
 * counted from `start` rows and columns before its own; beyond the maps it is zero.
 *
 * @param places stride × stride names
 */
export function interleave(
  writer: OnnxWriter,
  places: readonly (readonly string[])[],
  { height, width }: { readonly height: number; readonly width: number },
  start: readonly [number, number],
  shape: readonly Size[],
): string {
  const stride = places.length
  const [, channels, ...sides] = shape as [Size, number, number, number]
  const reshape = (name: string, ...sizes: number[]): string =>
    writer.node('Reshape', [name, writer.integers([0, channels, ...sizes])])
  const rows = places.map((columns) => {
    const separate = columns.map((name) => reshape(name, height, width, 1))
    return reshape(writer.node('Concat', separate, { axis: 4 }), height, 1, width * stride)
  })
  const grid = [height * stride, width * stride] as const
  const whole = reshape(writer.node('Concat', rows, { axis: 3 }), ...grid)
  const ends = sides.map((size, side) => start[side]! + size)
  const missing = ends.map((end, side) => Math.max(0, end - grid[side]!))
  const padded = missing.every((count) => count === 0)
    ? whole
    : writer.node('Pad', [whole, writer.integers([0, 0, 0, 0, 0, 0, ...missing])])
  if (start.every((count) => count === 0) && ends.every((end, side) => end >= grid[side]!)) return padded
  return writer.node('Slice', [padded, ...[start, ends, [2, 3]].map(writer.integers)])
}
