import type { RgbImage } from '../image/types.ts'

/**
 * First and second moments of an image's levels, each a mean over its pixels:
 * R, G, B, R², G², B², RG, RB, GB.
 */
export const momentCount = 9

/** Side of the small gray picture that the perceptual hash is made from. */
export const graySide = 32

export interface Measured {
  /** `momentCount` values. */
  readonly moments: Float64Array
  /** graySide × graySide mean luma levels, rows from the top. */
  readonly gray: Float64Array
}

/** More pixels than that are sampled on a regular grid: means of a quarter million pixels are means enough. */
const sampledPixels = 1 << 18

export function measure(image: RgbImage): Measured {
  const grid = gridOf(image)
  return { moments: momentsOf(image.data, grid), gray: grayOf(image.data, grid) }
}

/** The sampled pixels: `columns` × `rows` of them; the byte index of one is start + row · down + column · across. */
interface Grid {
  readonly columns: number
  readonly rows: number
  readonly start: number
  readonly across: number
  readonly down: number
}

function gridOf({ width, height }: RgbImage): Grid {
  const step = Math.max(1, Math.floor(Math.sqrt((width * height) / sampledPixels)))
  const count = (side: number): number => Math.max(1, Math.floor(side / step))
  const first = (side: number): number => Math.min(side - 1, step >> 1)
  return {
    columns: count(width),
    rows: count(height),
    start: (first(height) * width + first(width)) * 3,
    across: step * 3,
    down: step * width * 3,
  }
}

function momentsOf(data: Uint8Array, { columns, rows, start, across, down }: Grid): Float64Array {
  const sums = new Float64Array(momentCount)
  for (let row = 0; row < rows; row++) {
    let [r1, g1, b1, r2, g2, b2, rg, rb, gb] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (let at = start + row * down, end = at + columns * across; at < end; at += across) {
      const r = data[at]!
      const g = data[at + 1]!
      const b = data[at + 2]!
      r1 += r
      g1 += g
      b1 += b
      r2 += r * r
      g2 += g * g
      b2 += b * b
      rg += r * g
      rb += r * b
      gb += g * b
    }
    ;[r1, g1, b1, r2, g2, b2, rg, rb, gb].forEach((sum, index) => (sums[index]! += sum))
  }
  return sums.map((sum) => sum / (columns * rows))
}

/**
 * Exact area means, pixels at the edge of a cell counted in part, so that an image and its copy at another size agree:
 * differences of running sums, along each row and then down the columns.
 */
function grayOf(data: Uint8Array, { columns, rows, start, across, down }: Grid): Float64Array {
  const alongRow = new Float64Array(columns + 1)
  const downColumns = Array.from({ length: graySide }, () => new Float64Array(rows + 1))
  for (let row = 0; row < rows; row++) {
    let at = start + row * down
    for (let column = 0; column < columns; column++, at += across) {
      const luma = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
      alongRow[column + 1] = alongRow[column]! + luma
    }
    for (let cell = 0; cell < graySide; cell++)
      downColumns[cell]![row + 1] = downColumns[cell]![row]! + cellMean(alongRow, cell)
  }
  const gray = new Float64Array(graySide * graySide)
  for (let row = 0; row < graySide; row++)
    for (let column = 0; column < graySide; column++)
      gray[row * graySide + column] = cellMean(downColumns[column]!, row)
  return gray
}

/** Mean over one of `graySide` equal parts of what was summed up. */
function cellMean(runningSums: Float64Array, cell: number): number {
  const width = (runningSums.length - 1) / graySide
  return (sumUpTo(runningSums, (cell + 1) * width) - sumUpTo(runningSums, cell * width)) / width
}

function sumUpTo(runningSums: Float64Array, position: number): number {
  const whole = Math.min(Math.floor(position), runningSums.length - 2)
  const below = runningSums[whole]!
  return below + (position - whole) * (runningSums[whole + 1]! - below)
}
