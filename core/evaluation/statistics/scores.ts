import type { Row } from '../types.ts'

/** What a network said about images whose classes are known: all that statistics are computed from. */
export interface Scores {
  readonly images: number
  readonly classes: number
  /** Position of each image in the data set. */
  readonly positions: Uint32Array
  /** True classes. */
  readonly labels: Uint32Array
  /** Images × classes. */
  readonly probabilities: Float32Array
  /** ln p of the true class, before rounding. */
  readonly logProbabilities: Float64Array
}

/** @param labelOf the true class of an item */
export function scoresOf(rows: readonly Row[], classes: number, labelOf: (item: number) => number): Scores {
  const probabilities = new Float32Array(rows.length * classes)
  rows.forEach((row, image) => probabilities.set(row.probabilities, image * classes))
  return {
    images: rows.length,
    classes,
    positions: Uint32Array.from(rows, ({ item }) => item),
    labels: Uint32Array.from(rows, ({ item }) => labelOf(item)),
    probabilities,
    logProbabilities: Float64Array.from(rows, ({ logProbability }) => logProbability),
  }
}

/** Highest probability of each image, and whether it is the true class's (and no other's, as in metrics.ts). */
export function topLabels({ images, classes, labels, probabilities }: Scores): {
  readonly confidence: Float32Array
  readonly right: Uint8Array
} {
  const confidence = new Float32Array(images)
  const right = new Uint8Array(images)
  for (let image = 0; image < images; image++) {
    const start = image * classes
    const truth = probabilities[start + labels[image]!]!
    let highest = -Infinity
    let equals = 0
    for (let at = start; at < start + classes; at++) {
      if (probabilities[at]! > highest) [highest, equals] = [probabilities[at]!, 1]
      else if (probabilities[at] === highest) equals++
    }
    confidence[image] = highest
    right[image] = truth === highest && equals === 1 ? 1 : 0
  }
  return { confidence, right }
}
