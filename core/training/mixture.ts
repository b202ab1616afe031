import type { Batch } from '../engine/types.ts'
import type { LoadedBatch } from '../pipeline/types.ts'

/**
 * The losses of a micro-batch's images, weighted by class: share · w(label) · loss(label) + (1 − share) · w(other) ·
 * loss(other) for mixed ones, which is one loss of mixed targets, weighted as a whole.
 * @param images of the whole update, over which losses are averaged
 */
export function weightedTargets(
  { labels, mixed }: Pick<LoadedBatch, 'labels' | 'mixed'>,
  classWeights: readonly number[],
  images: number,
): Pick<Batch, 'labels' | 'weights' | 'mixed'> {
  const own = Float32Array.from(labels, (label) => classWeights[label]! / images)
  if (mixed === undefined) return { labels, weights: own }
  const first = Float32Array.from(own, (weight, index) => weight * mixed.shares[index]!)
  const weights = first.map(
    (weight, index) => weight + ((1 - mixed.shares[index]!) * classWeights[mixed.labels[index]!]!) / images,
  )
  const shares = first.map((weight, index) => (weights[index] === 0 ? 1 : weight / weights[index]!))
  return { labels, weights, mixed: { labels: mixed.labels, shares } }
}
