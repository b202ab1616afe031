import type { Tensor } from '../../base/tensor.ts'
import { maskName } from '../../graph/names.ts'
import { towerInput } from '../../graph/tensorflow/training.ts'
import type { Network } from '../../network/types.ts'
import { dropoutLayers, dropoutMask } from '../dropout.ts'
import { targetDistributions } from '../targets.ts'
import type { Batch } from '../types.ts'

/** What one micro-batch feeds to the training graph, its rows divided among the towers. */
export function batchFeeds(
  network: Network,
  batch: Batch,
  labelSmoothing: number,
  towers: number,
): Readonly<Record<string, Tensor>> {
  const count = batch.labels.length
  const targets = targetDistributions(batch, network.classes, labelSmoothing)
  const whole: (readonly [string, Tensor])[] = [
    ['images', batch.images],
    ['targets', { shape: [count, network.classes], data: targets }],
    ['weights', { shape: [count, 1], data: batch.weights }],
    ...dropoutLayers(network).map(({ name, rate, size }, position) => {
      const data = dropoutMask(batch.dropoutSeed, position, { rate, count: count * size })
      return [maskName(name), { shape: [count, size], data }] as const
    }),
  ]
  return Object.fromEntries(
    whole.flatMap(([name, tensor]) =>
      divided(tensor, towers).map((part, tower) => [towerInput(name, tower), part] as const),
    ),
  )
}

/**
 * Rows in order, as evenly as it goes, the first parts one more. A part that would get none gets a row of zeros, whose
 * weight is zero too.
 */
function divided({ shape, data }: Tensor, parts: number): readonly Tensor[] {
  const [rows, ...rest] = shape as [number, ...number[]]
  const size = data.length / rows
  const startOf = (part: number): number => part * Math.floor(rows / parts) + Math.min(part, rows % parts)
  return Array.from({ length: parts }, (_, part) => {
    const [start, end] = [startOf(part), startOf(part + 1)]
    if (start === end) return { shape: [1, ...rest], data: new Float32Array(size) }
    return { shape: [end - start, ...rest], data: data.subarray(start * size, end * size) }
  })
}
