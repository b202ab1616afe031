import { roomFor, type SharedMemory } from './updateKernel.ts'

/** What the gradient of a linear layer's weight is made of: dyᵀ·x, O×I. */
export interface Factors {
  /** N×O: gradient of the layer's output. */
  readonly dy: Float32Array
  /** N×I: the layer's input. */
  readonly x: Float32Array
  readonly images: number
}

/** Columns that the kernel takes at a time. */
const strip = 8

/**
 * Writes factors into the kernel's memory: for each list dy as O×N, then x in strips of 8 columns, each N×8, the images
 * of all its parts side by side.
 *
 * @returns for each list the addresses of dy and x in bytes, and N
 */
export function layOut(lists: readonly (readonly Factors[])[], memory: SharedMemory): number[] {
  let size = 0
  const places = lists.map((parts) => {
    const images = parts.reduce((sum, part) => sum + part.images, 0)
    const [rows, columns] = parts[0]
      ? [parts[0].dy.length, parts[0].x.length].map((all) => all / parts[0]!.images)
      : []
    const dy = size
    const x = dy + images * (rows ?? 0)
    size = x + images * strip * Math.ceil((columns ?? 0) / strip)
    return { parts, images, dy, x, rows: rows ?? 0, columns: columns ?? 0 }
  })
  const floats = roomFor(memory, size)
  for (const { parts, images, dy, x, rows, columns } of places) {
    let done = 0
    for (const part of parts) {
      for (let image = 0; image < part.images; image++, done++) {
        const [fromDy, fromX] = [image * rows, image * columns]
        for (let row = 0; row < rows; row++) floats[dy + row * images + done] = part.dy[fromDy + row]!
        for (let column = 0; column < columns; column += strip) {
          const to = x + column * images + done * strip
          const end = Math.min(columns - column, strip)
          for (let place = 0; place < end; place++) floats[to + place] = part.x[fromX + column + place]!
        }
      }
    }
  }
  return places.flatMap(({ images, dy, x }) => [
    dy * Float32Array.BYTES_PER_ELEMENT,
    x * Float32Array.BYTES_PER_ELEMENT,
    images,
  ])
}
