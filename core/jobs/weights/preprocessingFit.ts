import { StudioError } from '../../base/errors.ts'
import { permutation, random } from '../../base/random.ts'
import type { Tensors } from '../../base/tensor.ts'
import type { PreprocessingTitle } from '../../messages/catalog.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import { findEngine } from '../../engine/index.ts'
import type { Predictor } from '../../engine/types.ts'
import { buildNetwork, entryOf, type NetworkOptions } from '../../network/architectures/index.ts'
import { splitHead } from '../../network/split.ts'
import { openLoader } from '../../pipeline/loader.ts'
import { crossValidate, type CrossValidation } from '../../training/features/crossValidate.ts'
import { layerGroups } from '../../training/layers.ts'
import { defaultScale } from '../../training/recipeSchema.ts'
import {
  normalizationFor,
  knownPreprocessings,
  type KnownPreprocessing,
} from '../../weights/preprocessings.ts'
import type { JobContext } from '../context/context.ts'

/** How well images that are prepared so suit weights. */
export interface PreprocessingScore {
  readonly id: string
  readonly title: PreprocessingTitle
  /** Mean cross-entropy of images that were left out, nats: the lower, the better they suit. */
  readonly loss: number
  /** 0–1, of the same images. */
  readonly accuracy: number
  readonly images: number
  /** How much more its loss is than the best one's, and the standard error of that, over the same images; 0 for the best. */
  readonly behind: { readonly mean: number; readonly error: number }
}

/** Images that each candidate is tried on. */
const tried = 64
const microBatch = 16

/**
 * Tries all known preprocessings for weights that do not say which is theirs: on up to 64 training images of a data set,
 * features of the convolutions are classified by logistic regression, each quarter by the other three.
 *
 * @param weights canonical, the first convolution as it is in the file
 * @param dataset an id, a name or `last`
 * @returns the best first
 * @throws StudioError `no-images` where there are fewer than two for each of two classes
 */
export async function scorePreprocessings(
  { registry, emit, signal }: JobContext,
  options: NetworkOptions,
  weights: Tensors,
  dataset: string,
): Promise<readonly PreprocessingScore[]> {
  const { id } = registry.datasets.get(dataset)
  const manifest = registry.datasets.manifest(id)
  const items = chosen(
    manifest.images
      .filter(({ split }) => split === 'train')
      .map((image) => ({ path: imagePath(manifest, image), label: image.label })),
  )
  if (new Set(items.map(({ label }) => label)).size < 2) {
    throw new StudioError('no-images', { what: 'classes' })
  }
  const crop = Math.max(96, options.crop < 224 ? options.crop : 96)
  const classes = manifest.classes.length
  const network = buildNetwork({ ...entryOf(options).linearHead(options), crop, classes })
  const convolutions = new Set(
    layerGroups(network)
      .slice(0, -1)
      .flatMap(({ layers }) => layers),
  )
  const { trunk } = splitHead(network, convolutions)!
  const predictor = await findEngine('onnxruntime').predictor(trunk, weights)
  const total = knownPreprocessings.length
  const scores: { known: KnownPreprocessing; images: number; result: CrossValidation }[] = []
  try {
    for (const [done, known] of knownPreprocessings.entries()) {
      emit({ event: 'progress', phase: 'test', done, total, secondsLeft: null, detail: known.id })
      const rows = await featuresFor(known, { items, crop, predictor, signal })
      const result = crossValidate(rows.features, rows.labels, manifest.classes.length)
      scores.push({ known, images: rows.labels.length, result })
    }
  } finally {
    await predictor.dispose()
  }
  scores.sort((a, b) => a.result.loss - b.result.loss)
  const best = scores[0]!.result
  return scores.map(({ known: { id, title }, images, result: { loss, accuracy, losses } }) => ({
    ...{ id, title, loss, accuracy, images },
    behind: difference(losses, best.losses),
  }))
}

/** Mean of the differences of the same images, and its standard error. */
function difference(a: readonly number[], b: readonly number[]): PreprocessingScore['behind'] {
  const all = a.map((one, index) => one - b[index]!)
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length
  const squares = all.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / Math.max(1, all.length - 1) / all.length) }
}

interface Trial {
  readonly items: readonly { readonly path: string; readonly label: number }[]
  readonly crop: number
  readonly predictor: Predictor
  readonly signal: AbortSignal
}

async function featuresFor(known: KnownPreprocessing, { items, crop, predictor, signal }: Trial) {
  const loader = openLoader({ items, normalization: normalizationFor(known), threads: 1, signal })
  const view = { kind: 'center', scale: defaultScale(crop).min, crop, mode: 'crop' } as const
  const features: Float32Array[] = []
  const labels: number[] = []
  try {
    for await (const { images, items: positions, failures } of loader.views({ view, microBatch })) {
      const data = known.channels === 'BGR' ? exchanged(images.data, crop * crop) : images.data
      const result = await predictor.logits({ shape: images.shape, data })
      const size = result.data.length / positions.length
      positions.forEach((position, row) => {
        if (failures.some((failure) => failure.position === position)) return
        features.push(result.data.slice(row * size, (row + 1) * size))
        labels.push(items[position]!.label)
      })
    }
  } finally {
    await loader.dispose()
  }
  return { features, labels: Int32Array.from(labels) }
}

/** N×3×area with red and blue exchanged. */
function exchanged(data: Float32Array, area: number): Float32Array {
  const result = data.slice()
  for (let start = 0; start < data.length; start += 3 * area) {
    result.set(data.subarray(start + 2 * area, start + 3 * area), start)
    result.set(data.subarray(start, start + area), start + 2 * area)
  }
  return result
}

/** Images in equal numbers from each class as far as possible, chosen at random, always the same ones. */
function chosen<T extends { readonly label: number }>(all: readonly T[]): readonly T[] {
  const order = permutation(all.length, random(tried))
  const classes = [...Map.groupBy(order, (index) => all[index]!.label).values()]
  const rounds = Math.max(0, ...classes.map(({ length }) => length))
  const taken = Array.from({ length: rounds }, (_, round) =>
    classes.flatMap((own) => own.slice(round, round + 1)),
  )
  return taken
    .flat()
    .slice(0, tried)
    .map((index) => all[index]!)
}
