import { StudioError } from '../../base/errors.ts'
import { permutation, random } from '../../base/random.ts'
import type { Tensors } from '../../base/tensor.ts'
import type { PreprocessingTitle } from '../../messages/catalog.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import { findEngine } from '../../engine/index.ts'
import type { Predictor } from '../../engine/types.ts'
import { buildNetwork, entryOf, type NetworkOptions } from '../../network/architectures/index.ts'
import { headLayers } from '../../network/headLayers.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { Layer, Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { openLoader } from '../../pipeline/loader.ts'
import { leaveOneOut } from '../../training/features/leaveOneOut.ts'
import { defaultScale } from '../../training/recipeSchema.ts'
import {
  distinctPreprocessings,
  normalizationFor,
  type KnownPreprocessing,
} from '../../weights/preprocessings.ts'
import type { TriedPreprocessing } from '../../weights/entry.ts'
import type { WorkContext } from '../context/context.ts'
import type { SplitImages } from '../dataset/splitImages.ts'

/** A way to prepare images that was tried, with its title. */
export interface PreprocessingScore extends TriedPreprocessing {
  readonly title: PreprocessingTitle
}

/** Images that each candidate is tried on, and those that the ones are that these do not tell from the best. */
const stages = [64, 256] as const
const microBatch = 16
/** Maps that features are taken of: the last ones of as many sizes. Colors tell more in earlier ones. */
const sizes = 3

/**
 * Tries known preprocessings for weights that do not say which is theirs: features of the convolutions on 64 training
 * images of a data set, each image classified by all others. Those that 64 images do not tell from the best continue
 * with up to 256, where there are as many.
 *
 * @param weights canonical, the first convolution as it is in the file
 * @param training images for training of a data set
 * @returns the best first
 * @throws StudioError `no-images` where there are fewer than two for each of two classes
 */
export async function scorePreprocessings(
  { emit, signal }: WorkContext,
  options: NetworkOptions,
  weights: Tensors,
  training: SplitImages,
): Promise<readonly PreprocessingScore[]> {
  const { dataset, images } = training
  const items = chosen(images.map((image) => ({ path: imagePath(dataset, image), label: image.label })))
  if (new Set(items.map(({ label }) => label)).size < 2) {
    throw new StudioError('no-images', { what: 'classes' })
  }
  const crop = Math.max(96, options.crop < 224 ? options.crop : 96)
  const classes = training.classes.length
  const { network, blocks } = pooledMaps(
    buildNetwork({ ...entryOf(options).linearHead(options), crop, classes }),
  )
  const predictor = await findEngine('onnxruntime').predictor(network, weights)
  let racing = distinctPreprocessings.map((known): Tried => ({ known, rows: [], labels: [] }))
  const ended: PreprocessingScore[] = []
  try {
    for (const [stage, end] of stages.entries()) {
      const start = stages[stage - 1] ?? 0
      const more = items.slice(start, end)
      if (more.length === 0) break
      for (const [done, one] of racing.entries()) {
        const { id: detail } = one.known
        emit({ event: 'progress', phase: 'test', done, total: racing.length, secondsLeft: null, detail })
        await tryOn(one, { items: more, crop, predictor, signal })
      }
      const scores = scored(racing, blocks, classes)
      const isLast = stage === stages.length - 1 || items.length <= end
      const isTold = ({ behind }: PreprocessingScore): boolean => behind.mean > 2 * behind.error
      if (isLast || scores.slice(1).every(isTold)) return [...scores, ...ended]
      ended.unshift(...scores.filter(isTold))
      racing = racing.filter(({ known }) => scores.some((score) => score.id === known.id && !isTold(score)))
    }
  } finally {
    await predictor.dispose()
  }
  throw new Error('Candidates are scored at the last stage at the latest.')
}

interface Tried {
  readonly known: KnownPreprocessing
  /** Features of each image. */
  readonly rows: Float32Array[]
  readonly labels: number[]
}

/** The best first. */
function scored(
  racing: readonly Tried[],
  blocks: readonly number[],
  classes: number,
): readonly PreprocessingScore[] {
  const results = racing.map(({ known, rows, labels }) => {
    let start = 0
    const parts = blocks.map((size) => {
      const from = start
      start += size
      return rows.map((row) => row.subarray(from, from + size))
    })
    return { known, images: labels.length, result: leaveOneOut(parts, Int32Array.from(labels), classes) }
  })
  results.sort((a, b) => a.result.loss - b.result.loss)
  const best = results[0]!.result
  return results.map(({ known: { id, title }, images, result: { loss, accuracy, losses } }) => ({
    ...{ id, title, loss, accuracy, images },
    behind: difference(losses, best.losses),
  }))
}

/** A network that gives the means of the channels of its last maps, of three sizes, one behind the other. */
function pooledMaps(whole: Network): { readonly network: Network; readonly blocks: readonly number[] } {
  const network = withoutAuxiliary(whole)
  const head = headLayers(network)
  const layers = network.layers.filter(({ name }) => !head.has(name))
  const shapes = layerShapes(network)
  const lastOf = new Map<number, string>()
  for (const { name } of layers) {
    const shape = shapes.get(name)!
    if (shape.length === 3) lastOf.set(shape[1], name)
  }
  const maps = [...lastOf].sort(([a], [b]) => a - b).slice(0, sizes)
  const pools = maps.map(([side, map]): Layer => ({
    ...{ kind: 'globalAveragePool', name: `mean${side}`, label: 'mean', inputs: [map] },
  }))
  const joined: Layer = {
    ...{ kind: 'concat', name: 'means', label: 'means', inputs: pools.map(({ name }) => name) },
  }
  const blocks = maps.map(([, map]) => shapes.get(map)![0])
  return {
    blocks,
    network: {
      ...network,
      classes: blocks.reduce((sum, channels) => sum + channels, 0),
      layers: [...layers, ...pools, joined],
      outputs: [{ layer: joined.name, role: 'logits', lossWeight: 1 }],
    },
  }
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

/** Adds features of images, prepared so. */
async function tryOn(
  { known, rows, labels }: Tried,
  { items, crop, predictor, signal }: Trial,
): Promise<void> {
  const loader = openLoader({ items, normalization: normalizationFor(known), threads: 1, signal })
  const view = { kind: 'center', scale: defaultScale(crop).min, crop, mode: 'crop' } as const
  try {
    for await (const { images, items: positions, failures } of loader.views({ view, microBatch })) {
      const data = known.channels === 'BGR' ? exchanged(images.data, crop * crop) : images.data
      const result = await predictor.logits({ shape: images.shape, data })
      const size = result.data.length / positions.length
      positions.forEach((position, row) => {
        if (failures.some((failure) => failure.position === position)) return
        rows.push(result.data.slice(row * size, (row + 1) * size))
        labels.push(items[position]!.label)
      })
    }
  } finally {
    await loader.dispose()
  }
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
  const order = permutation(all.length, random(stages[0]))
  const classes = [...Map.groupBy(order, (index) => all[index]!.label).values()]
  const rounds = Math.max(0, ...classes.map(({ length }) => length))
  const taken = Array.from({ length: rounds }, (_, round) =>
    classes.flatMap((own) => own.slice(round, round + 1)),
  )
  return taken
    .flat()
    .slice(0, stages.at(-1))
    .map((index) => all[index]!)
}
