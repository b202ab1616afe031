import { roomFor, type SharedMemory } from './updateKernel.ts'

/** What the gradient of a linear layer's weight is made of: dyᵀ·x, O×I. */
export interface Factors {
  /** N×O: gradient of the layer's output. */
  readonly dy: Float32Array
  /** N×I: the layer's input. */
  readonly x: Float32Array
  readonly images: number
}

/**
 * Writes factors into the kernel's memory: for each list dy as O×N, then x as N×I, the images of all its parts side by
 * side.
 *
 * @returns for each list the addresses of dy and x in bytes, and N
 */
export function layOut(lists: readonly (readonly Factors[])[], memory: SharedMemory): number[] {
  const sizes = lists.map((parts) => parts.reduce((sum, { dy, x }) => sum + dy.length + x.length, 0))
  const floats = roomFor(
    memory,
    sizes.reduce((sum, size) => sum + size, 0),
  )
  let place = 0
  return lists.flatMap((parts, index) => {
    const images = parts.reduce((sum, part) => sum + part.images, 0)
    const dy = place
    const x = dy + parts.reduce((sum, part) => sum + part.dy.length, 0)
    let done = 0
    for (const part of parts) {
      const [rows, columns] = [part.dy.length / part.images, part.x.length / part.images]
      for (let image = 0; image < part.images; image++) {
        for (let row = 0; row < rows; row++)
          floats[dy + row * images + done + image] = part.dy[image * rows + row]!
      }
      floats.set(part.x, x + done * columns)
      done += part.images
    }
    place += sizes[index]!
    return [dy, x].map((float) => float * Float32Array.BYTES_PER_ELEMENT).concat(images)
  })
}
