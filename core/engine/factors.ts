import { ensureRoom, type SharedMemory } from './updateKernel.ts'

/** What the gradient of a linear layer's weight is made of: dyᵀ·x, O×I. */
export interface Factors {
  /** N×O: gradient of the layer's output. */
  readonly dy: Float32Array
  /** N×I: the layer's input. */
  readonly x: Float32Array
  readonly images: number
}

/** All factors of one weight, O×`columns`. */
export interface FactorList {
  readonly columns: number
  readonly parts: readonly Factors[]
}

/** Columns that the kernel takes at a time. */
const strip = 8

/**
 * Writes factors into the kernel's memory: for each list dy as O×N, then x in strips of 8 columns, each N×8, the images
 * of all its parts side by side.
 *
 * @returns for each list the addresses of dy and x in bytes, and N
 */
export function layOutFactors(lists: readonly FactorList[], memory: SharedMemory): number[] {
  let size = 0
  const places = lists.map(({ columns, parts }) => {
    const images = parts.reduce((sum, part) => sum + part.images, 0)
    const dy = size
    const x = dy + parts.reduce((sum, part) => sum + part.dy.length, 0)
    size = x + images * strip * Math.ceil(columns / strip)
    return { columns, parts, images, dy, x }
  })
  const floats = ensureRoom(memory, size)
  for (const { columns, parts, images, dy, x } of places) {
    let done = 0
    for (const part of parts) {
      const rows = part.dy.length / part.images
      for (let image = 0; image < part.images; image++, done++) {
        for (let row = 0; row < rows; row++) floats[dy + row * images + done] = part.dy[image * rows + row]!
        for (let column = 0; column < columns; column++) {
          const place = column % strip
          floats[x + (column - place) * images + done * strip + place] = part.x[image * columns + column]!
        }
      }
    }
  }
  const bytes = (float: number): number => float * Float32Array.BYTES_PER_ELEMENT
  return places.flatMap(({ images, dy, x }) => [bytes(dy), bytes(x), images])
}
