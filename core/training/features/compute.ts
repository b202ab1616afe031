import type { ErrorFact } from '../../base/errors.ts'
import { elementCount, gatherRows, type Tensor } from '../../base/tensor.ts'
import type { Predictor } from '../../engine/types.ts'
import type { Item, Loader, View } from '../../pipeline/types.ts'
import type { Features } from './loader.ts'
import { imageKey, readRows, writeRows, type FeatureStore } from './store.ts'

/** How an image is seen. */
export type Mirroring = 'plain' | 'mirrored'

export interface FeaturesInput {
  readonly items: readonly Item[]
  readonly view: View
  readonly choices: readonly Mirroring[]
  /** Shape of one image's features, as the head takes them. */
  readonly shape: readonly number[]
  /** Null: nothing is kept. */
  readonly store: FeatureStore | null
  /** Tables of the store, by choice. */
  readonly tables: Readonly<Record<Mirroring, string>>
  /** Opened where something has to be computed. */
  readonly openLoader: (items: readonly Item[]) => Loader
  readonly openPredictor: () => Promise<Predictor>
  readonly microBatch: number
  /** Called after each batch with the number of images done, and of all. */
  readonly onImages: (done: number, total: number) => Promise<void>
  /** Whether to stop; what is done by then is kept. */
  readonly stopped: () => boolean
}

/**
 * Features of all items: those that the store has, and the others computed, each image decoded once for all choices.
 * @returns null where it was stopped
 */
export async function featuresOf(input: FeaturesInput): Promise<Features | null> {
  const { items, choices, shape, store, tables } = input
  const size = elementCount(shape)
  const keys = store ? items.map(imageKey) : items.map(() => null)
  const rows = choices.map(() => new Float32Array(items.length * size))
  const found = await Promise.all(
    choices.map((choice, index) =>
      store ? readRows(store, tables[choice], { keys, size, target: rows[index]! }) : items.map(() => false),
    ),
  )
  const missing = [...items.keys()].filter((position) => found.some((there) => !there[position]))
  const features = { shape, choices: rows, failures: new Map<number, ErrorFact>() }
  if (missing.length === 0) return features
  const done = await compute(input, missing, features)
  if (store) {
    const kept = done.filter((position) => keys[position] !== null && !features.failures.has(position))
    const own = kept.map((position) => keys[position]!)
    for (const [index, choice] of choices.entries()) {
      const values = gatherRows(rows[index]!, kept, size)
      if (own.length > 0) await writeRows(store, tables[choice], { keys: own, size, values })
    }
  }
  return done.length === missing.length ? features : null
}

/** @returns the positions that are done */
async function compute(
  { items, view, choices, microBatch, openLoader, openPredictor, onImages, stopped }: FeaturesInput,
  missing: readonly number[],
  features: { readonly choices: readonly Float32Array[]; readonly failures: Map<number, ErrorFact> },
): Promise<readonly number[]> {
  const loader = openLoader(missing.map((position) => items[position]!))
  const predictor = await openPredictor()
  let done = 0
  try {
    await onImages(0, missing.length)
    for await (const batch of loader.views({ view, microBatch })) {
      if (stopped()) break
      for (const [index, choice] of choices.entries()) {
        const images = choice === 'mirrored' ? mirrored(batch.images) : batch.images
        const { data } = await predictor.logits(images)
        const size = data.length / batch.items.length
        batch.items.forEach((item, row) =>
          features.choices[index]!.set(data.subarray(row * size, (row + 1) * size), missing[item]! * size),
        )
      }
      for (const { position, reason } of batch.failures) features.failures.set(missing[position]!, reason)
      done += batch.items.length
      await onImages(done, missing.length)
    }
  } finally {
    await Promise.all([loader.dispose(), predictor.dispose()])
  }
  return missing.slice(0, done)
}

/** N×C×H×W, each line from right to left. */
function mirrored({ shape, data }: Tensor): Tensor {
  const width = shape[3]!
  const result = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += width) {
    for (let x = 0; x < width; x++) result[start + x] = data[start + width - 1 - x]!
  }
  return { shape, data: result }
}
