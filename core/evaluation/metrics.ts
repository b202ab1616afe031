import type { ClassScores, ImagePrediction, Interval, MacroScores, RankedClass, Row } from './types.ts'

/**
 * The `count` most probable classes, most probable first.
 *
 * Equal probabilities: the true class comes after all its equals (engine/targets.ts: rankOf), the others by index. A network that says the same
 * of every class is therefore wrong about every image, rather than right about those of the first class, and top-1,
 * top-5 and the confusion matrix, which all read this order, agree with each other.
 *
 * @param label the true class; leave it out where it is unknown.
 */
export function ranking(
  probabilities: ArrayLike<number>,
  count: number,
  label?: number,
): readonly RankedClass[] {
  const better = (a: RankedClass, b: RankedClass): boolean => {
    if (a.probability !== b.probability) return a.probability > b.probability
    if (a.label === label || b.label === label) return b.label === label
    return a.label < b.label
  }
  const top: RankedClass[] = []
  for (let index = 0; index < probabilities.length; index++) {
    const candidate = { label: index, probability: probabilities[index]! }
    if (top.length === count && !better(candidate, top[count - 1]!)) continue
    let place = top.length
    while (place > 0 && better(candidate, top[place - 1]!)) place--
    top.splice(place, 0, candidate)
    if (top.length > count) top.pop()
  }
  return top
}

/** Fraction of images whose class is not among the `k` most probable. NaN without images. */
export function topError(predictions: readonly ImagePrediction[], k: number): number {
  const wrong = predictions.filter(
    ({ label, top }) => !top.slice(0, k).some((entry) => entry.label === label),
  )
  return wrong.length / predictions.length
}

/** Counts, [true][predicted]. */
export function confusionMatrix(predictions: readonly ImagePrediction[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const { label, top } of predictions) counts[label]![top[0]!.label]!++
  return counts
}

/** Precision, recall and F1 of each class; null for 0/0 (no image of the class, or never predicted). */
export function classScores(confusion: readonly (readonly number[])[]): readonly ClassScores[] {
  return confusion.map((row, label) => {
    const images = sum(row)
    const predicted = sum(confusion.map((other) => other[label]!))
    const right = row[label]!
    return {
      images,
      precision: ratio(right, predicted),
      recall: ratio(right, images),
      f1: ratio(2 * right, images + predicted),
    }
  })
}

/**
 * Unweighted means over the classes that have images. The undefined precision of a class that was never predicted
 * counts as 0 (as in scikit-learn), so that ignoring a class does not raise the mean. NaN without images.
 */
export function macroAverage(scores: readonly ClassScores[]): MacroScores {
  const present = scores.filter((score) => score.images > 0)
  const meanOf = (values: readonly (number | null)[]): number => mean(values.map((value) => value ?? 0))
  return {
    precision: meanOf(present.map((score) => score.precision)),
    recall: meanOf(present.map((score) => score.recall)),
    f1: meanOf(present.map((score) => score.f1)),
  }
}

/** 95% interval of a proportion (Wilson 1927): unlike p ± 1.96·σ it is right for few images and rare errors. */
export function wilsonInterval(errors: number, images: number): Interval {
  const z = 1.959963984540054 // 97.5th percentile of the normal distribution
  const p = errors / images
  const scale = 1 / (1 + z ** 2 / images)
  const center = scale * (p + z ** 2 / (2 * images))
  const half = scale * z * Math.sqrt((p * (1 - p)) / images + z ** 2 / (4 * images ** 2))
  return {
    low: errors === 0 ? 0 : center - half,
    high: errors === images ? 1 : center + half,
  }
}

/**
 * ln p in nats. Probabilities count as at least 5e-324, the smallest number there is, so that the loss is finite (an
 * image costs at most 744.4).
 */
export function logProbability(probability: number): number {
  return Math.log(Math.max(probability, Number.MIN_VALUE))
}

/** What is kept of an image. @param probabilities one for each class */
export function rowOf(item: number, probabilities: Float64Array, label: number): Row {
  return {
    item,
    probabilities: Float32Array.from(probabilities),
    logProbability: logProbability(probabilities[label]!),
  }
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
