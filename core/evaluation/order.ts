/** Number of passes through the whole set. */
const passes = 16

/**
 * An order of 0 … count−1 in which each sixteenth of the images is spread over all of them: data sets are ordered by
 * class, and what is known of the first images should hold for all. Within a pass items ascend, so that what is written
 * in this order is put into that of the items by merging the passes.
 */
export function interleaved(count: number): Uint32Array {
  const order = new Uint32Array(count)
  let at = 0
  for (let first = 0; first < passes; first++) {
    for (let item = first; item < count; item += passes) order[at++] = item
  }
  return order
}
