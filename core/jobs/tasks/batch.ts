import { resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import type { Manifest } from '../../dataset/types.ts'
import { epochOrder } from '../../pipeline/sampler.ts'
import type { Id } from '../../registry/types.ts'
import { augmentationOf } from '../../training/preprocessing.ts'
import { parseRecipe } from '../../training/recipe.ts'
import type { JobContext } from '../context/context.ts'
import { augmentedCrops, type AugmentedCrop } from './crops.ts'
import { runFolder } from '../context/home.ts'
import { readSteps } from '../recording/journal.ts'

export interface BatchResult {
  /** From 1. */
  readonly epoch: number
  /** Updates since the start. */
  readonly step: number
  /** Images in the batch. */
  readonly images: number
  readonly crops: readonly (AugmentedCrop & { readonly position: number; readonly label: number })[]
}

/**
 * The pictures of the latest update that the run's journal tells of, drawn anew: all that augmentation draws follows
 * from seed, epoch and place, so that the training process need not be asked for them.
 * @throws StudioError `no-steps`
 */
export async function lastBatch(
  { registry, home }: JobContext,
  { run: id, count }: { readonly run: Id; readonly count: number },
): Promise<BatchResult> {
  const run = registry.runs.get(id)
  const { step: steps } = await readSteps(runFolder(home, id))
  const step = steps.at(-1)
  if (step === undefined || run.dataset === null) throw noSteps(id)
  const recipe = parseRecipe(run.recipe)
  const manifest = registry.datasets.manifest(run.dataset)
  const training = trainingPositions(manifest)
  const { batchSize } = recipe.optimization
  const perEpoch = Math.ceil(training.length / batchSize)
  const epoch = Math.floor((step - 1) / perEpoch)
  const first = ((step - 1) % perEpoch) * batchSize
  const labels = training.map((position) => manifest.images[position]!.label)
  const order = epochOrder(labels, { seed: recipe.seed, epoch, sampling: recipe.data.sampling })
  // With the one before it, which the first may be mixed with.
  const before = first > 0 && recipe.data.mixup > 0 ? 1 : 0
  const places = [...order.keys()].slice(first - before, first + Math.min(count, batchSize))
  const shown = places.map((place) => training[order[place]!]!)
  const crops = await augmentedCrops({
    images: shown.map((position, index) => ({
      path: resolve(manifest.root, manifest.images[position]!.path),
      label: manifest.images[position]!.label,
      place: places[index]!,
    })),
    augmentation: augmentationOf(recipe.data, manifest.statistics),
    fill: manifest.statistics.mean,
    seed: recipe.seed,
    epoch,
  })
  return {
    epoch: epoch + 1,
    step,
    images: Math.min(batchSize, training.length - first),
    crops: crops.flatMap((crop, index) => {
      const position = shown[index]!
      return crop && index >= before ? [{ ...crop, position, label: manifest.images[position]!.label }] : []
    }),
  }
}

function trainingPositions({ images }: Manifest): readonly number[] {
  return [...images.keys()].filter((position) => images[position]!.split === 'train')
}

function noSteps(id: Id): StudioError {
  return new StudioError('no-steps', { run: id })
}
