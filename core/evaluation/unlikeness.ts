import { mean } from './metrics.ts'

/**
 * How unlike the training images an image is, by what a network makes its answer from: the distance to the k-th nearest
 * training image, of features divided by their length (Sun et al. 2022, Out-of-Distribution Detection with Deep Nearest
 * Neighbors) and of features as they are, beside the distances of images that are known to belong. A stranger of which a
 * network is very sure lies in the direction of a class, but far out.
 */

/** Which neighbor counts: a single odd training image makes nothing look familiar. */
export const neighbor = 5

/** From this share of the known images on an image is said to be unlike them. */
export const unlikeFrom = 0.95

/** Rows of `size` numbers. */
export interface FeatureRows {
  readonly size: number
  readonly values: Float32Array
}

interface Standard {
  readonly mean: number
  readonly deviation: number
}

/** What images are held against. */
export interface Reference extends FeatureRows {
  /** The same rows with length 1 each. */
  readonly directions: Float32Array
  /** What is usual for images that belong: of the distance between directions (0–2), and between features. */
  readonly standards: { readonly direction: Standard; readonly feature: Standard }
  /** Distances of images that belong, ascending. */
  readonly usual: Float64Array
}

export interface Unlikeness {
  /**
   * How much farther than usual the k-th nearest training image is, by direction or by the features as they are, whichever is
   * more: in standard deviations of the images that belong.
   */
  readonly distance: number
  /** Share of the images that belong which are nearer to the training images than this one, 0–1. */
  readonly share: number
  /** Rows of the training images nearest by direction, the nearest first. */
  readonly nearest: readonly number[]
}

/** The features with length 1 each; those without any length stay zero. */
export function unitRows({ size, values }: FeatureRows): Float32Array {
  const result = values.slice()
  for (let start = 0; start < result.length; start += size) {
    const row = result.subarray(start, start + size)
    let squares = 0
    for (const value of row) squares += value * value
    const length = Math.sqrt(squares)
    if (length > 0) for (let at = 0; at < size; at++) row[at]! /= length
  }
  return result
}

/**
 * @param training features of training images
 * @param held features of images that belong and were not learned from; none: training images stand in, each held against the
 *   others, which makes them look nearer than new images are
 */
export function referenceOf(training: FeatureRows, held: FeatureRows): Reference {
  const { size, values } = training
  const rows = { size, values, directions: unitRows(training) }
  const own = held.values.length === 0
  const asked = own ? values : held.values
  const found = Array.from({ length: asked.length / size }, (_, row) =>
    distancesOf(rows, asked.subarray(row * size, (row + 1) * size), own ? row : -1),
  )
  const standards = {
    direction: standardOf(found.map(({ direction }) => direction)),
    feature: standardOf(found.map(({ feature }) => feature)),
  }
  const usual = Float64Array.from(found, (distances) => farther(distances, standards))
  return { ...rows, standards, usual: usual.sort() }
}

/** @param feature as the network gives it */
export function unlikenessOf(reference: Reference, feature: Float32Array): Unlikeness {
  const { usual, standards } = reference
  const distances = distancesOf(reference, feature, -1)
  const distance = farther(distances, standards)
  const share = countBelow(usual, distance) / Math.max(1, usual.length)
  return { distance, nearest: distances.nearest, share }
}

type Distances = Readonly<Record<keyof Reference['standards'], number>>

function farther({ direction, feature }: Distances, standards: Reference['standards']): number {
  const over = (distance: number, { mean, deviation }: Standard): number => (distance - mean) / deviation
  return Math.max(over(direction, standards.direction), over(feature, standards.feature))
}

/** A deviation of 1 stands for none: distances that are all the same are all as usual. */
function standardOf(distances: readonly number[]): Standard {
  const center = mean(distances)
  const deviation = Math.sqrt(mean(distances.map((one) => (one - center) ** 2)))
  return { mean: center, deviation: deviation || 1 }
}

/** @param left a row that does not count */
function distancesOf(
  { size, values, directions }: Omit<Reference, 'standards' | 'usual'>,
  feature: Float32Array,
  left: number,
): Distances & Pick<Unlikeness, 'nearest'> {
  const byDirection = nearestOf({ size, values: directions }, unitRows({ size, values: feature }), left)
  const byFeature = nearestOf({ size, values }, feature, left)
  return { direction: byDirection.distance, feature: byFeature.distance, nearest: byDirection.nearest }
}

/** @param left a row that does not count */
function nearestOf({ size, values }: FeatureRows, feature: Float32Array, left: number) {
  const rows = values.length / size
  const nearest: { readonly row: number; readonly squares: number }[] = []
  for (let row = 0; row < rows; row++) {
    if (row === left) continue
    let squares = 0
    const start = row * size
    for (let at = 0; at < size; at++) squares += (values[start + at]! - feature[at]!) ** 2
    const last = nearest.at(-1)
    if (nearest.length === neighbor && squares >= last!.squares) continue
    if (nearest.length === neighbor) nearest.pop()
    const place = nearest.findIndex((one) => squares < one.squares)
    nearest.splice(place < 0 ? nearest.length : place, 0, { row, squares })
  }
  return { distance: Math.sqrt(nearest.at(-1)?.squares ?? 0), nearest: nearest.map(({ row }) => row) }
}

function countBelow(ascending: Float64Array, limit: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}
