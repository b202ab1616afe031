import { join } from 'node:path'
import type { Tensors } from '../../base/tensor.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import type { Manifest, Split } from '../../dataset/types.ts'
import { findEngine } from '../../engine/index.ts'
import type { Item } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import { startCheckpoint } from '../../training/checkpoint.ts'
import type { TrainingEvent, TrainingResult } from '../../training/events.ts'
import type { TrainingInput } from '../../training/plan.ts'
import { presetRate } from '../../training/presets.ts'
import type { Recipe } from '../../training/recipe.ts'
import { train } from '../../training/train.ts'
import type { Attribution } from '../../weights/entry.ts'
import type { JobContext } from '../context/context.ts'
import { runFolder } from '../context/home.ts'
import { newestIntactCheckpoint, type RecordedRun } from './newestIntactCheckpoint.ts'
import { memoryFor, selectForResuming, selectForTraining } from './selectExecution.ts'
import { suggestEngine } from './suggest.ts'
import { watchTraining } from '../recording/watchTraining.ts'

/**
 * What a training needs besides its run's folder and the images: it can be sent to a process that has no registry, and to
 * another machine, since its paths are relative to the folder of images there.
 */
export interface TrainingOrder extends RecordedRun {
  readonly dataset: Id
  readonly manifest: TravelingManifest
  /** Null for a run that resumes from its newest intact checkpoint. */
  readonly beginning: RunStart | null
}

export interface RunStart {
  readonly recipe: Recipe
  /** Null: random ones. */
  readonly weights: Tensors | null
  readonly attribution: Attribution | undefined
}

/** A manifest without the folder that its paths are relative to. */
export type TravelingManifest = Omit<Manifest, 'root' | 'source'>

/** All of it is recorded by who gets the events and the result. */
export interface TrainingContext extends Omit<JobContext, 'registry' | 'pass'> {
  /** Folder of the images, where the training runs. */
  readonly images: string
}

export interface TrainResult extends TrainingResult {
  readonly run: Id
  readonly name: string
  readonly dataset: Id
}

type Start = Pick<TrainingInput, 'start' | 'memory' | 'engine'>

/** Most bytes of decoded images: 35,000 photos of 500×375 pixels. */
const cacheBytes = 20e9

/** Most bytes of features of images: a million images' as a linear head takes them. */
const featureBytes = 2e9

/** @throws StudioError of every stage */
export async function runTraining(context: TrainingContext, order: TrainingOrder): Promise<TrainResult> {
  const { home, signal, pause } = context
  const { run, dataset, manifest, beginning } = order
  const { emit, close } = watchTraining(context, run.id)
  try {
    const begun = beginning ? await begin(context, order, beginning, emit) : await goOn(context, order, emit)
    const result = await train({
      ...begun,
      ...itemsOf(manifest, context.images),
      presetRate: await presetRate(begun.start.recipe),
      folder: runFolder(home, run.id),
      emit,
      cache: { folder: home.images, bytes: cacheBytes },
      features: { folder: join(home.cache, 'features'), bytes: featureBytes },
      signals: { stop: signal, ...(pause && { pause }) },
    })
    return { run: run.id, name: run.name, dataset, ...result }
  } finally {
    close()
  }
}

type Emit = (event: TrainingEvent) => void

/**
 * Chooses where the run computes, and says so in its recipe. With the micro-batch that it begins with, which is
 * recorded as it starts, repeating the recipe gives the same losses.
 */
async function begin(
  context: TrainingContext,
  { run, manifest }: TrainingOrder,
  { recipe: asked, weights, attribution }: RunStart,
  emit: Emit,
): Promise<Start> {
  const { classes, statistics } = manifest
  const { recipe, chosen } = await selectForTraining(context, asked, classes.length)
  context.emit({ event: 'recipe', run: run.id, recipe })
  // This comes before the weights are made: their memory is part of the estimate that it is compared with.
  const memory = await memoryFor(recipe)
  if (chosen) emit(chosen)
  const images = manifest.images.filter(({ split }) => split === 'train').length
  await suggestEngine(context, { asked, images, classes: classes.length })
  const start = startCheckpoint({
    attribution,
    recipe,
    classes,
    statistics,
    run: run.identity,
    ...(weights && { weights }),
  })
  return { start, memory, engine: findEngine(recipe.execution.engine) }
}

/** The checkpoint is the truth: what is recorded may lack its newest epochs, or know later ones that are lost. */
async function goOn(context: TrainingContext, order: TrainingOrder, emit: Emit): Promise<Start> {
  const { run } = order
  const start = { ...(await newestIntactCheckpoint(context, order, emit)), run: run.identity }
  context.emit({ event: 'position', run: run.id, epoch: start.position.epoch, epochs: start.epochs })
  return { start, engine: await selectForResuming(context, run.id, start) }
}

/** @param root folder of the images */
export function itemsOf(
  manifest: Pick<Manifest, 'images'>,
  root: string,
): {
  readonly training: readonly Item[]
  readonly validation: readonly Item[]
} {
  const of = (wanted: Split): readonly Item[] =>
    manifest.images
      .filter(({ split }) => split === wanted)
      .map((image) => ({ path: imagePath({ root }, image), label: image.label }))
  return { training: of('train'), validation: of('validation') }
}
