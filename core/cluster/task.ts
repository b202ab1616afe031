import type { Manifest } from '../dataset/types.ts'
import { trainingProgram } from '../export/pytorchProgram.ts'
import { buildNetwork } from '../network/architectures/index.ts'
import type { Network } from '../network/types.ts'
import type { Augmentation, Normalization, View } from '../pipeline/types.ts'
import type { Checkpoint } from '../training/checkpoint.ts'
import { frozenLayers } from '../training/layers.ts'
import { planUpdates } from '../training/plan.ts'
import { augmentationOf, validationView } from '../training/preprocessing.ts'
import type { Recipe } from '../training/recipe.ts'

/** How batch normalization sees an update's images where several workers share them. */
export const batchNormalizations = ['per-worker', 'synchronized'] as const
export type BatchNormalization = (typeof batchNormalizations)[number]

/** What a training elsewhere is told, as `task.json` (core/cluster/python reads it). */
export interface Task {
  readonly recipe: Recipe
  readonly classes: readonly string[]
  readonly normalization: Normalization
  readonly augmentation: Required<Augmentation>
  readonly view: View
  /** Path from the folder of images, and label. */
  readonly training: readonly TaskImage[]
  readonly validation: readonly TaskImage[]
  /** Path and SHA-256 of images that a worker compares before it trains. */
  readonly sample: readonly (readonly [path: string, hash: string])[]
  readonly microBatch: number
  readonly classWeights: readonly number[]
  /** Of the network's outputs, the classifier's first. */
  readonly lossWeights: readonly number[]
  /** Layers that do not learn from an epoch on, which counts from 0. */
  readonly frozen: readonly { readonly from: number; readonly layers: readonly string[] }[]
  readonly rateFactors: Readonly<Record<string, number>>
  readonly batchNorm: BatchNormalization
  /** Epochs after which it stops; null: the recipe says it. */
  readonly until: number | null
}

type TaskImage = readonly [path: string, label: number]

export interface TaskOptions {
  readonly workers: number
  readonly batchNorm: BatchNormalization
  readonly until?: number | null | undefined
}

/** Images in a micro-batch where the recipe leaves it open, at most: the memory of workers is not known here. */
const usualMicroBatch = 32
const sampled = 16

/**
 * What a worker needs besides the initial weights: the task, and the network as a program.
 * @param start of a new run, or a checkpoint to go on from
 * @throws StudioError `invalid-recipe`, `no-images`
 */
export function taskOf(
  start: Checkpoint,
  { images }: Pick<Manifest, 'images'>,
  { workers, batchNorm, until = null }: TaskOptions,
): { readonly task: Task; readonly program: string } {
  const { recipe, classes, normalization, statistics } = start
  const network = buildNetwork(start.network)
  const of = (split: 'train' | 'validation'): readonly TaskImage[] =>
    images.filter((image) => image.split === split).map(({ path, label }) => [path, label])
  const training = of('train')
  const labels = training.map(([, label]) => label)
  const { classWeights, rateFactors } = planUpdates(network, recipe, labels)
  const outputs = network.outputs.toSorted((a, b) => rank(a.role) - rank(b.role))
  const { batchSize, microBatch } = recipe.optimization
  const task: Task = {
    ...{ recipe, classes, normalization, training, classWeights, rateFactors, batchNorm, until },
    augmentation: augmentationOf(recipe.data, statistics) as Required<Augmentation>,
    view: validationView(recipe),
    validation: of('validation'),
    sample: sampleOf(images),
    microBatch:
      start.microBatch ??
      (microBatch === 'auto' ? Math.min(usualMicroBatch, Math.ceil(batchSize / workers)) : microBatch),
    lossWeights: outputs.map(({ lossWeight }) => lossWeight),
    frozen: frozenByEpoch(network, recipe),
  }
  return { task, program: trainingProgram(network, outputs) }
}

const rank = (role: 'logits' | 'auxiliary'): number => (role === 'logits' ? 0 : 1)

/** Images spread over the manifest. */
function sampleOf(images: Manifest['images']): Task['sample'] {
  const used = images.filter(({ split }) => split !== 'test')
  const step = Math.max(1, Math.floor(used.length / sampled))
  return used
    .filter((_, index) => index % step === 0)
    .slice(0, sampled)
    .map(({ path, hash }) => [path, hash])
}

function frozenByEpoch(network: Network, { optimization }: Recipe): Task['frozen'] {
  const { unfreeze, epochs } = optimization
  const starts = unfreeze === null ? [0] : Array.from({ length: Math.ceil(epochs / unfreeze.every) }, (_, n) => n * unfreeze.every) // prettier-ignore
  const all = starts.map((from) => ({ from, layers: frozenLayers(network, optimization, from) }))
  return all.filter(({ layers }, index) => layers.join() !== all[index - 1]?.layers.join())
}
