import type { Batch, ImageResults, StepResult } from './types.ts'

/**
 * Label distributions for the loss: (1−ε)·one-hot + ε/K (Szegedy et al. 2016, §7); of mixed images the one-hot is
 * share · label + (1−share) · other (Zhang et al. 2018).
 *
 * @returns N×K, rows sum to 1
 */
export function targetDistributions(
  { labels, mixed }: Pick<Batch, 'labels' | 'mixed'>,
  classes: number,
  smoothing: number,
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes)
  labels.forEach((label, image) => {
    const share = mixed ? mixed.shares[image]! : 1
    targets[image * classes + label]! += share * (1 - smoothing)
    if (mixed) targets[image * classes + mixed.labels[image]!]! += (1 - share) * (1 - smoothing)
  })
  return targets
}

/** How many rows of `logits` (N×K) are highest at their label, by rankOf. */
export function countCorrect(logits: Float32Array | Float64Array, labels: Int32Array): number {
  const classes = logits.length / labels.length
  return labels.filter(
    (label, image) => rankOf(logits.subarray(image * classes, (image + 1) * classes), label) === 0,
  ).length
}

/** What the rows of `logits` (N×K) say of their images. */
export function imageResults(logits: Float32Array | Float64Array, labels: Int32Array): ImageResults {
  const classes = logits.length / labels.length
  const losses = new Float32Array(labels.length)
  const margins = new Float32Array(labels.length)
  const others = new Int32Array(labels.length)
  labels.forEach((label, image) => {
    const start = image * classes
    let other = label === 0 ? 1 : 0
    for (let index = other + 1; index < classes; index++)
      if (index !== label && logits[start + index]! > logits[start + other]!) other = index
    const [own, best] = [logits[start + label]!, logits[start + other]!]
    const most = Math.max(own, best)
    let sum = 0
    for (let index = start; index < start + classes; index++) sum += Math.exp(logits[index]! - most)
    losses[image] = Math.log(sum) + most - own
    margins[image] = own - best
    others[image] = other
  })
  return { losses, margins, others }
}

/** What the rows of `logits` (N×K) add to a step's losses. */
export const logitResults = (
  logits: Float32Array | Float64Array,
  labels: Int32Array,
): Pick<StepResult, 'correct' | 'spread' | 'images'> => ({
  correct: countCorrect(logits, labels),
  spread: spreadOf(logits, labels.length),
  images: imageResults(logits, labels),
})

/** How far the rows of `logits` (N×K) are from their mean: root mean square. */
export function spreadOf(logits: Float32Array | Float64Array, images: number): number {
  const classes = logits.length / images
  let squares = 0
  for (let label = 0; label < classes; label++) {
    let sum = 0
    for (let at = label; at < logits.length; at += classes) sum += logits[at]!
    for (let at = label; at < logits.length; at += classes) squares += (logits[at]! - sum / images) ** 2
  }
  return Math.sqrt(squares / logits.length)
}

/**
 * How many classes come before the true one; 0 is the top-1 prediction. The one rule for ties, in training, validation
 * and evaluation (`ranking`): the true class comes after its equals. A network that says the same of every class, or
 * that says nothing (NaN), is wrong about every image.
 */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const own = scores[label]!
  let rank = 0
  for (let index = 0; index < scores.length; index++) {
    if (index !== label && !(scores[index]! < own)) rank++
  }
  return rank
}
