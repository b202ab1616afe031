import type { RgbImage } from './types.ts'

/** How numbers become levels: from the least to the greatest of each tile, or of all of them. */
export const normalizations = ['each', 'all'] as const
export type TileNormalization = (typeof normalizations)[number]

export interface NumberRange {
  readonly min: number
  readonly max: number
}

/** Numbers that are shown side by side as small pictures. */
export interface Tiles {
  /** Tile after tile, in each one plane after the other: R, G and B, or one for gray. */
  readonly values: Float32Array
  readonly count: number
  readonly planes: 1 | 3
  readonly width: number
  readonly height: number
}

/** The least and the greatest number of each tile. */
export function tileRanges({ values, count }: Pick<Tiles, 'values' | 'count'>): readonly NumberRange[] {
  const size = values.length / count
  return Array.from({ length: count }, (_, tile) => rangeOf(values.subarray(tile * size, (tile + 1) * size)))
}

/** The range of all tiles together. */
export function wholeRange(ranges: readonly NumberRange[]): NumberRange {
  return {
    min: Math.min(...ranges.map(({ min }) => min)),
    max: Math.max(...ranges.map(({ max }) => max)),
  }
}

/**
 * Tiles as one picture, row after row, with nothing between them: a number v is the level 255 · (v − min) / (max − min),
 * rounded, of its tile's range or of all. Where all numbers are the same they are the middle level.
 *
 * @param shown which tiles, in this order
 * @param gap pixels of black between tiles, and around them
 * @param zoom pixels of the picture for each number
 */
export function tileSheet(
  tiles: Tiles,
  {
    shown = [...Array(tiles.count).keys()],
    ranges,
    columns,
    gap = 0,
    zoom = 1,
  }: {
    readonly shown?: readonly number[]
    /** By tile. */
    readonly ranges: readonly NumberRange[]
    readonly columns: number
    readonly gap?: number
    readonly zoom?: number
  },
): RgbImage {
  const { values, planes, width: side, height: tall } = tiles
  const [cellWidth, cellHeight] = [side * zoom + gap, tall * zoom + gap]
  const width = columns * cellWidth + gap
  const height = Math.ceil(shown.length / columns) * cellHeight + gap
  const data = new Uint8Array(3 * width * height)
  const plane = side * tall
  for (const [place, tile] of shown.entries()) {
    const { min, max } = ranges[tile]!
    const levelOf = (at: number): number =>
      max > min ? Math.round((255 * (values[tile * planes * plane + at]! - min)) / (max - min)) : 128
    const left = gap + (place % columns) * cellWidth
    const top = gap + Math.floor(place / columns) * cellHeight
    for (let y = 0; y < tall * zoom; y++) {
      for (let x = 0; x < side * zoom; x++) {
        const at = Math.floor(y / zoom) * side + Math.floor(x / zoom)
        const pixel = 3 * ((top + y) * width + left + x)
        for (let channel = 0; channel < 3; channel++)
          data[pixel + channel] = levelOf((planes === 3 ? channel * plane : 0) + at)
      }
    }
  }
  return { width, height, data }
}

function rangeOf(values: Float32Array): NumberRange {
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
