import type { ErrorFact } from '../../base/errors.ts'
import { random } from '../../base/random.ts'
import { elementCount } from '../../base/tensor.ts'
import type { Item, LoadedBatch, Loader } from '../../pipeline/types.ts'

/** Features of a list of items: a row for each, in its order. */
export interface Features {
  /** Shape of one image's features, as the head takes them. */
  readonly shape: readonly number[]
  /** N×F, each way in which the images are seen: as they are, and mirrored where training flips. */
  readonly choices: readonly Float32Array[]
  /** Why images have none, by position. */
  readonly failures: ReadonlyMap<number, ErrorFact>
}

/** Names this module's random stream: "feat" in ASCII. */
const choosing = 0x66656174

/**
 * Features in place of images: which of an image's choices training sees depends on (seed, epoch, place) alone.
 * @param ready what was computed; asked for with the first batch
 */
export function featureLoader(items: readonly Item[], ready: () => Features): Loader {
  async function* batches(
    order: Uint32Array,
    from: number,
    microBatch: number,
    choose: (place: number) => number,
  ): AsyncGenerator<LoadedBatch, void, undefined> {
    const { shape, choices, failures } = ready()
    const size = elementCount(shape)
    for (let start = from; start < order.length; start += microBatch) {
      const positions = order.slice(start, start + microBatch)
      const data = new Float32Array(positions.length * size)
      positions.forEach((position, index) => {
        const rows = choices[choose(start + index) % choices.length]!
        data.set(rows.subarray(position * size, (position + 1) * size), index * size)
      })
      yield {
        images: { shape: [positions.length, ...shape], data },
        labels: Int32Array.from(positions, (position) => items[position]!.label),
        items: positions,
        failures: [...positions]
          .filter((position) => failures.has(position))
          .map((position) => ({
            position,
            path: items[position]!.path,
            reason: failures.get(position)!,
          })),
        waited: 0,
      }
    }
  }
  return {
    training: ({ order, from, microBatch, seed, epoch }) =>
      batches(order, from, microBatch, (place) => random(seed, choosing, epoch, place).integer(2 ** 16)),
    views: ({ microBatch }) =>
      batches(
        Uint32Array.from(items, (_, position) => position),
        0,
        microBatch,
        () => 0,
      ),
    renditions() {
      throw new Error('Features have no renditions.')
    },
    dispose: async () => undefined,
  }
}
