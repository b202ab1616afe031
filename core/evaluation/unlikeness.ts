/**
 * How unlike the training images an image is, by what a network makes its answer from: the distance to the k-th nearest
 * training image, features being divided by their length (Sun et al. 2022, Out-of-Distribution Detection with Deep Nearest
 * Neighbors), beside the distances of images that are known to belong.
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

/** What images are held against. */
export interface Reference extends FeatureRows {
  /** Distances of images that belong, ascending. */
  readonly usual: Float64Array
}

export interface Unlikeness {
  /** Distance to the k-th nearest training image, 0–2. */
  readonly distance: number
  /** Share of the images that belong which are nearer to the training images than this one, 0–1. */
  readonly share: number
  /** Rows of the nearest training images, the nearest first. */
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
  const { size } = training
  const values = unitRows(training)
  const own = held.values.length === 0
  const asked = own ? values : unitRows(held)
  const usual = Float64Array.from({ length: asked.length / size }, (_, row) => {
    const feature = asked.subarray(row * size, (row + 1) * size)
    return nearestOf({ size, values }, feature, own ? row : -1).distance
  })
  return { size, values, usual: usual.sort() }
}

/** @param feature as the network gives it */
export function unlikenessOf(reference: Reference, feature: Float32Array): Unlikeness {
  const { size, usual } = reference
  const { distance, nearest } = nearestOf(reference, unitRows({ size, values: feature }), -1)
  return { distance, nearest, share: countBelow(usual, distance) / Math.max(1, usual.length) }
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
  return { distance: Math.sqrt(nearest.at(-1)?.squares ?? 4), nearest: nearest.map(({ row }) => row) }
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
