import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { gatherRows } from '../../base/tensor.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import type { Split } from '../../dataset/types.ts'
import { executionOf } from '../../engine/execution.ts'
import type { Engine, ExecutionOptions } from '../../engine/types.ts'
import { parseProtocol } from '../../evaluation/protocol.ts'
import {
  referenceOf,
  unlikeFrom,
  unlikenessOf,
  type FeatureRows,
  type Reference,
} from '../../evaluation/unlikeness.ts'
import { describe } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { openLoader } from '../../pipeline/loader.ts'
import type { Item, View } from '../../pipeline/types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id, Run } from '../../registry/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { featuresOf } from '../../training/features/compute.ts'
import { featureBytes, tableKey } from '../../training/features/store.ts'
import type { Home } from '../context/home.ts'
import type { JoinedModel } from './joinedModel.ts'

/** Images that others are held against: at most so many, evenly from their split. */
const most = { train: 1000, validation: 500 } as const
/** Multiply-adds that features of them may take in all, so that a large network is not busy for minutes. */
const mostWork = 4e12
/** Numbers of all features: 40 MB. */
const mostNumbers = 1e7
const microBatch = 16

interface ReferenceImage extends Item {
  /** In the data set. */
  readonly position: number
}

/** The images of a run that others are held against, as a process without a registry needs them. */
export interface ReferenceOrder {
  /** Identity of the run. */
  readonly run: string
  readonly dataset: Id
  readonly train: readonly ReferenceImage[]
  readonly validation: readonly ReferenceImage[]
}

/** How unlike the training images a tried one is. */
export interface ImageUnlikeness {
  /** How much farther than usual the fifth nearest training image is in the network's features, in standard deviations. */
  readonly distance: number
  /** Share of the images that belong which are nearer, 0–1. */
  readonly share: number
  /** Whether it is farther than almost all of them. */
  readonly isUnlike: boolean
  /** The images that belong. */
  readonly of: { readonly split: Split; readonly images: number }
  /** Training images that are nearest, the nearest first. */
  readonly nearest: readonly { readonly dataset: Id; readonly position: number; readonly label: number }[]
}

/** Null where the run's data set was deleted. */
export function orderReference(registry: Registry, { identity, dataset }: Run): ReferenceOrder | null {
  if (dataset === null) return null
  const manifest = registry.datasets.manifest(dataset)
  const of = (split: 'train' | 'validation'): readonly ReferenceImage[] => {
    const positions = [...manifest.images.keys()].filter(
      (position) => manifest.images[position]!.split === split,
    )
    return evenly(positions, most[split]).map((position) => {
      const image = manifest.images[position]!
      return { position, path: imagePath(manifest, image), label: image.label, hash: image.hash }
    })
  }
  return { run: identity, dataset, train: of('train'), validation: of('validation') }
}

interface ReferenceInput {
  readonly home: Home
  readonly order: ReferenceOrder
  readonly model: JoinedModel
  readonly checkpoint: Pick<Checkpoint, 'recipe' | 'network' | 'normalization' | 'position'>
  readonly engine: Engine
  readonly execution: ExecutionOptions
  readonly signal?: AbortSignal | undefined
}

/** What tried images are held against. */
export interface LearnedReference {
  readonly reference: Reference
  readonly order: ReferenceOrder
  /** Training images of its rows. */
  readonly rows: readonly ReferenceImage[]
  readonly split: 'train' | 'validation'
}

/** How far it is: images whose features are there, of all. `learned` once it is all of them. */
export interface ReferenceProgress {
  readonly done: number
  readonly total: number
  readonly learned: LearnedReference | null
}

/**
 * Computes features of the images that are to be held against, or reads those that are kept (in `cache/features`).
 * @param isEnough whether to leave the rest for the next call
 */
export async function learnReference(
  input: ReferenceInput,
  isEnough: (done: number, total: number) => boolean,
): Promise<ReferenceProgress> {
  const { order, model, checkpoint } = input
  const work = describe(buildNetwork(checkpoint.network)).multiplyAdds
  const wanted = order.train.length + order.validation.length
  const bound = Math.min(wanted, Math.ceil(mostWork / work), Math.ceil(mostNumbers / model.size))
  const part = (images: readonly ReferenceImage[]): readonly ReferenceImage[] =>
    evenly(images, Math.ceil((images.length * bound) / Math.max(1, wanted)))
  const [train, validation] = [part(order.train), part(order.validation)]
  const total = train.length + validation.length
  if (train.length === 0) return { done: 0, total: 0, learned: null }
  const training = await computed(input, train, (done) => isEnough(done, total))
  if (training.rows === null) return { done: training.done, total, learned: null }
  const held = await computed(input, validation, (done) => isEnough(train.length + done, total))
  const done = train.length + held.done
  if (held.rows === null) return { done, total, learned: null }
  const reference = referenceOf(training.rows, held.rows)
  const split = held.rows.values.length > 0 ? 'validation' : 'train'
  return { done: total, total, learned: { reference, order, rows: training.images, split } }
}

/** How unlike the training images each file is, by its path; files that cannot be read are left out. */
export async function unlikenesses(
  input: Omit<ReferenceInput, 'home' | 'order'>,
  { reference, order, rows, split }: LearnedReference,
  files: readonly string[],
): Promise<ReadonlyMap<string, ImageUnlikeness>> {
  const { images, rows: features } = await computed(
    { ...input, order, home: null },
    files.map((path, position) => ({ path: resolve(path), label: 0, position })),
    () => false,
  )
  const of = { split, images: reference.usual.length }
  return new Map(
    images.map(({ position: file }, row) => {
      const { size, values } = features!
      const { nearest, ...unlike } = unlikenessOf(reference, values.subarray(row * size, (row + 1) * size))
      const shown = nearest.map((at) => {
        const { position, label } = rows[at]!
        return { dataset: order.dataset, position, label }
      })
      return [files[file]!, { ...unlike, isUnlike: unlike.share >= unlikeFrom, of, nearest: shown }]
    }),
  )
}

interface Computed {
  readonly done: number
  /** Images that could be read. */
  readonly images: readonly ReferenceImage[]
  /** Features of these; null where it was enough before. */
  readonly rows: FeatureRows | null
}

async function computed(
  {
    home,
    order,
    model,
    checkpoint,
    engine,
    execution,
    signal,
  }: Omit<ReferenceInput, 'home'> & {
    /** Null: nothing is kept. */
    readonly home: Home | null
  },
  items: readonly ReferenceImage[],
  isEnough: (done: number) => boolean,
): Promise<Computed> {
  const { recipe, normalization, position } = checkpoint
  const { scales, crop, mode } = parseProtocol({}, recipe.data)
  const view: View = { kind: 'center', scale: scales[0]!, crop, mode }
  const table = tableKey({
    ...{ run: order.run, position, view, normalization },
    features: 'of the logits',
    computed: executionOf(engine, execution),
  })
  let done = 0
  let isBegun = false
  const features = await featuresOf({
    items,
    view,
    choices: ['plain'],
    shape: [model.size],
    store: home && { folder: join(home.cache, 'features'), bytes: featureBytes },
    tables: { plain: table, mirrored: table },
    openLoader: (missing) =>
      openLoader({
        items: missing,
        normalization,
        threads: Math.min(4, availableParallelism()),
        ...(signal && { signal }),
      }),
    openPredictor: () => model.features(),
    microBatch,
    onImages: (computedNow, missing) => {
      done = items.length - missing + computedNow
      return Promise.resolve()
    },
    // Each call gets on, however long opening the network takes.
    stopped: () => {
      const enough = isBegun && isEnough(done)
      isBegun = true
      return enough
    },
  })
  if (features === null) return { done, images: [], rows: null }
  const [values] = features.choices as readonly [Float32Array]
  const readable = [...items.keys()].filter((index) => !features.failures.has(index))
  return {
    done: items.length,
    images: readable.map((index) => items[index]!),
    rows: { size: model.size, values: gatherRows(values, readable, model.size) },
  }
}

/** So many of a list, at equal distances: a list by class keeps its shares. */
function evenly<Entry>(all: readonly Entry[], count: number): readonly Entry[] {
  if (all.length <= count) return all
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!)
}
