import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Tensors } from '../../base/tensor.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import type { Manifest, Split } from '../../dataset/types.ts'
import { findEngine } from '../../engine/index.ts'
import { openSpeeds } from '../../engine/selection/speeds.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Item } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import { startCheckpoint } from '../../training/checkpoint.ts'
import { estimateDuration } from '../../training/duration.ts'
import type { Started, TrainingEvent, TrainingResult } from '../../training/events.ts'
import type { TrainingInput } from '../../training/plan.ts'
import type { Pace } from '../../training/progress.ts'
import { presetRate } from '../../training/presets.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import { featurePasses } from '../../training/features/split.ts'
import { featureBytes } from '../../training/features/store.ts'
import { train } from '../../training/train.ts'
import type { Attribution } from '../../weights/entry.ts'
import type { WorkContext } from '../context/context.ts'
import { runFolder } from '../context/home.ts'
import { newestIntactCheckpoint, type RecordedRun } from './newestIntactCheckpoint.ts'
import { memoryFor, selectForResuming, selectForTraining } from './selectExecution.ts'
import { seenSpeeds } from './seenSpeeds.ts'
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
  /** The epoch after which it stops, to be resumed later. */
  readonly until?: number | null | undefined
}

export interface RunStart {
  readonly recipe: Recipe
  /** Null: random ones. */
  readonly weights: Tensors | null
  readonly attribution: Attribution | undefined
  readonly skipTrials: boolean
}

/** A manifest without the folder that its paths are relative to. */
export type TravelingManifest = Omit<Manifest, 'root' | 'source'>

/** All of it is recorded by the process that gets the events and the result. */
export interface TrainingContext extends Omit<WorkContext, 'record'> {
  /** Folder of the images, where the training runs. */
  readonly images: string
}

export interface TrainResult extends TrainingResult {
  readonly run: Id
  readonly name: string
  readonly dataset: Id
}

/** @property selecting seconds of choosing where to compute: trials and self-tests, which most runs do without */
type Start = Pick<TrainingInput, 'start' | 'memory' | 'engine'> & { readonly selecting: number }

/** Most bytes of decoded images: 35,000 photos of 500×375 pixels. */
const cacheBytes = 20e9

/** Seconds of choosing where to compute that are no trials. */
const looking = 1

/** @throws StudioError of every stage */
export async function runTraining(context: TrainingContext, order: TrainingOrder): Promise<TrainResult> {
  const { home, signal, pause } = context
  const { run, dataset, manifest, beginning } = order
  const watch = watchTraining(context, run.id)
  const speeds = openSpeeds(home.folder)
  const began = performance.now()
  let started: (Started & { readonly after: number }) | undefined
  let pace: Pace | undefined
  const emit: Emit = (event) => {
    if (event.event === 'started') started = { ...event, after: (performance.now() - began) / 1000 }
    watch.emit(event)
  }
  try {
    const { selecting, ...begun } = beginning
      ? await begin(context, order, beginning, emit)
      : await resume(context, order, emit)
    const result = await train({
      ...begun,
      speeds: speeds.list(),
      ...itemsOf(manifest, context.images),
      presetRate: await presetRate(begun.start.recipe),
      folder: runFolder(home, run.id),
      emit,
      onPace: (shown) => (pace = shown),
      cache: { folder: home.images, bytes: cacheBytes },
      features: { folder: join(home.cache, 'features'), bytes: featureBytes },
      until: order.until,
      signals: { stop: signal, ...(pause && { pause }) },
    })
    if (started && pace) {
      // Trials are told apart; looking for devices is part of every start.
      const opened = started.after - Math.max(0, selecting - looking)
      const { epochs } = result
      const shown = { started, pace, opened, epochs, pixels: pixelsOf(manifest) }
      for (const seen of seenSpeeds(begun.start, shown)) await speeds.record(seen)
    }
    return { run: run.id, name: run.name, dataset, ...result }
  } finally {
    watch.close()
  }
}

type Emit = (event: TrainingEvent) => void

/** What a run is estimated with before its micro-batch is known: how long trials may take needs no more. */
const roughly = { microBatch: 16, threads: availableParallelism() }

/**
 * Chooses where the run computes, and says so in its recipe. With the micro-batch that it begins with, which is
 * recorded as it starts, repeating the recipe gives the same losses.
 */
async function begin(
  context: TrainingContext,
  { run, manifest }: TrainingOrder,
  { recipe: asked, weights, attribution, skipTrials }: RunStart,
  emit: Emit,
): Promise<Start> {
  const { classes, statistics } = manifest
  const imagesOf = (split: Split): number => manifest.images.filter((one) => one.split === split).length
  const counts = { train: imagesOf('train'), validation: imagesOf('validation') }
  const pixels = pixelsOf(manifest)
  const network = buildNetwork(networkOptions(asked, classes.length))
  const speeds = openSpeeds(context.home.folder).list()
  const asking = performance.now()
  const { recipe, chosen } = await selectForTraining(context, asked, {
    classes: classes.length,
    expected: (target) =>
      estimateDuration(network, asked, { ...roughly, images: counts, pixels, target, speeds }).total,
    // A head on features takes moments: trials of steps through the whole network would take as long.
    skip: skipTrials || featurePasses(network, asked, counts) !== null,
  })
  const selecting = (performance.now() - asking) / 1000
  context.emit({ event: 'recipe', run: run.id, recipe })
  // This comes before the weights are made: their memory is part of the estimate that it is compared with.
  const memory = await memoryFor(recipe)
  if (chosen) emit(chosen)
  await suggestEngine(context, { asked, images: counts.train, classes: classes.length })
  const start = startCheckpoint({
    attribution,
    recipe,
    classes,
    statistics,
    run: run.identity,
    ...(weights && { weights }),
  })
  return { start, memory, engine: findEngine(recipe.execution.engine), selecting }
}

/** Mean number of pixels of an image. */
const pixelsOf = ({ images }: TravelingManifest): number =>
  images.reduce((sum, { info }) => sum + info.width * info.height, 0) / images.length

/** The checkpoint is the truth: what is recorded may lack its newest epochs, or know later ones that are lost. */
async function resume(context: TrainingContext, order: TrainingOrder, emit: Emit): Promise<Start> {
  const { run } = order
  const start = { ...(await newestIntactCheckpoint(context, order, emit)), run: run.identity }
  context.emit({ event: 'position', run: run.id, epoch: start.position.epoch, epochs: start.epochs })
  return { start, engine: await selectForResuming(context, run.id, start), selecting: 0 }
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
