import type { Recipe } from './recipe.ts'

/**
 * One weight for each class, with mean 1 over the training images. Balanced: N / (classes in use · images of the
 * class), so that every class counts the same whatever its number of images.
 */
export function classWeights(
  labels: readonly number[],
  classes: number,
  kind: Recipe['data']['classWeights'],
): readonly number[] {
  if (kind === 'none') return Array.from({ length: classes }, () => 1)
  const counts = classCounts(labels, classes)
  const used = counts.filter((count) => count > 0).length
  return counts.map((count) => (count > 0 ? labels.length / (used * count) : 0))
}

/**
 * The loss of a network that has learned the classes' frequencies and nothing else, nats: their entropy, ln K where
 * they are equal. With label smoothing ε, that of the smoothed frequencies.
 */
export function chanceLoss(shares: readonly number[], labelSmoothing = 0): number {
  return shares
    .map((share) => (1 - labelSmoothing) * share + labelSmoothing / shares.length)
    .reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0)
}

export function classCounts(labels: readonly number[], classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0)
  for (const label of labels) counts[label]!++
  return counts
}
