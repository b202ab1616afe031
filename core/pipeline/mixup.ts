import { random, type Random } from '../base/random.ts'
import { elementCount } from '../base/tensor.ts'
import type { LoadedBatch, Mixture } from './types.ts'

/** Names this module's random stream: 'mixp'. */
const MIXUP = 0x6d697870

/** An image that the next one may be mixed with; null where it could not be read. */
type Neighbor = { readonly pixels: Float32Array; readonly label: number } | null

interface Mixing {
  /** Both parameters of Beta(α, α), above 0. */
  readonly alpha: number
  readonly seed: number
  readonly epoch: number
  /** Place of the first image in the epoch's order. */
  readonly from: number
}

/**
 * Mixup (Zhang et al. 2018): each image becomes share · itself + (1 − share) · the one before it in the epoch's order,
 * whatever the micro-batches; the epoch's first stays, and so does one behind an image that could not be read. Images
 * are changed where they lie.
 * @param before the image at place from − 1, alone in its batch; null for the epoch's start
 */
export async function* mixedBatches(
  batches: AsyncIterable<LoadedBatch>,
  before: AsyncIterable<LoadedBatch> | null,
  { alpha, seed, epoch, from }: Mixing,
): AsyncGenerator<LoadedBatch, void, undefined> {
  let place = from
  let previous: Neighbor = null
  for await (const batch of before ?? []) previous = lastOf(batch)
  for await (const batch of batches) {
    const last = lastOf(batch)
    const shares = Float32Array.from(batch.labels, (_, index) => drawShare(alpha, seed, epoch, place + index))
    yield { ...batch, mixed: mixInto(batch, previous, shares) }
    place += batch.labels.length
    previous = last
  }
}

/**
 * How much an image keeps of itself, ½ to 1: the larger part of Beta(α, α), so that its label stays the first one. Since
 * its neighbor is as random as itself, that takes no mixture away.
 */
export function drawShare(alpha: number, seed: number, epoch: number, place: number): number {
  const source = random(seed, MIXUP, epoch, place)
  const difference = logGamma(alpha, source) - logGamma(alpha, source)
  return 1 / (1 + Math.exp(-Math.abs(difference)))
}

/**
 * The logarithm of a number drawn from Gamma(α, 1) (Marsaglia & Tsang 2000, for α + 1, then brought to α): for small α
 * the number itself would be too small for a float.
 */
function logGamma(alpha: number, source: Random): number {
  const d = alpha + 1 - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = source.normal()
    const v = (1 + c * normal) ** 3
    const accepts = 1 - source.uniform()
    if (v > 0 && Math.log(accepts) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v) + Math.log(1 - source.uniform()) / alpha
    }
  }
}

/** Mixes each image of a batch with the one before it, the first with `previous`. @returns with whom, and how much */
export function mixInto(
  { images, labels, items, failures }: Pick<LoadedBatch, 'images' | 'labels' | 'items' | 'failures'>,
  previous: Neighbor,
  shares: Float32Array,
): Mixture {
  const failed = new Set(failures.map(({ position }) => position))
  const size = elementCount(images.shape.slice(1))
  const pixels = (index: number): Float32Array => images.data.subarray(index * size, (index + 1) * size)
  const own = { labels: labels.slice(), shares: shares.slice() }
  // From the end, so that each finds the one before it as it was.
  for (let index = labels.length - 1; index >= 0; index--) {
    const isReadable = index > 0 && !failed.has(items[index - 1]!)
    const inBatch = isReadable ? { pixels: pixels(index - 1), label: labels[index - 1]! } : null
    const other = index === 0 ? previous : inBatch
    if (other === null) own.shares[index] = 1
    else {
      own.labels[index] = other.label
      blend(pixels(index), other.pixels, own.shares[index]!)
    }
  }
  return own
}

/** to ← share · to + (1 − share) · from */
export function blend(to: Float32Array, from: Float32Array, share: number): void {
  for (let at = 0; at < to.length; at++) to[at] = share * to[at]! + (1 - share) * from[at]!
}

function lastOf({ images: { shape, data }, labels, items, failures }: LoadedBatch): Neighbor {
  const last = labels.length - 1
  const size = elementCount(shape.slice(1))
  if (failures.some(({ position }) => position === items[last])) return null
  return { pixels: data.slice(last * size, (last + 1) * size), label: labels[last]! }
}
