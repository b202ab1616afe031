import { StudioError } from '../base/errors.ts'
import type { Tensor } from '../base/tensor.ts'
import { rankOf } from '../engine/targets.ts'
import type { Predictor } from '../engine/types.ts'
import type { Loader, View } from '../pipeline/types.ts'
import type { Validation } from './events.ts'
import { readablePart, type Failure } from './microBatches.ts'

interface ValidationInput {
  readonly predictor: Predictor
  readonly loader: Loader
  readonly view: View
  readonly microBatch: number
  readonly stop: AbortSignal | undefined
  readonly onBatch: (done: {
    readonly images: number
    readonly failures: readonly Failure[]
  }) => void | Promise<void>
}

interface Sums {
  readonly images: number
  readonly loss: number
  readonly top1Wrong: number
  readonly top5Wrong: number
}

/**
 * Loss and errors over all of the loader's images, one view each. Null when `stop` came first.
 * A loss that is not finite is returned as it is.
 * @throws StudioError `unreadable-images` when none could be read
 */
export async function validate(input: ValidationInput): Promise<Validation | null> {
  const { predictor, loader, view, microBatch, stop, onBatch } = input
  let sums: Sums = { images: 0, loss: 0, top1Wrong: 0, top5Wrong: 0 }
  let classes = 0
  for await (const batch of loader.views({ view, microBatch })) {
    if (stop?.aborted) return null
    const { images, labels, failures } = readablePart(batch, 0, batch.items.length)
    if (labels.length > 0) {
      const logits = await predictor.logits(images)
      classes = logits.shape[1]!
      sums = add(sums, logits, labels)
    }
    await onBatch({ images: batch.items.length, failures })
  }
  if (sums.images === 0) throw new StudioError('unreadable-images', { what: 'validation' })
  return {
    loss: sums.loss / sums.images,
    top1Error: sums.top1Wrong / sums.images,
    top5Error: classes > 5 ? sums.top5Wrong / sums.images : null,
    images: sums.images,
  }
}

function add(sums: Sums, logits: Tensor, labels: Int32Array): Sums {
  const classes = logits.shape[1]!
  const rows = Array.from(labels, (label, index) =>
    score(logits.data.subarray(index * classes, (index + 1) * classes), label),
  )
  const count = (wrong: (rank: number) => boolean): number => rows.filter(({ rank }) => wrong(rank)).length
  return {
    images: sums.images + rows.length,
    loss: rows.reduce((sum, { loss }) => sum + loss, sums.loss),
    top1Wrong: sums.top1Wrong + count((rank) => rank >= 1),
    top5Wrong: sums.top5Wrong + count((rank) => rank >= 5),
  }
}

/** −ln softmax(logits)[label], and how many classes come before it. */
function score(logits: Float32Array, label: number): { loss: number; rank: number } {
  const own = logits[label]!
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0)
  return { loss: Math.log(sum) + highest - own, rank: rankOf(logits, label) }
}
