import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Tensors } from '../../base/tensor.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import type { Manifest, Split } from '../../dataset/types.ts'
import { findEngine } from '../../engine/index.ts'
import { openSpeeds } from '../../engine/selection/speeds.ts'
import { stepWork } from '../../engine/selection/stepWork.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Item } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import { startCheckpoint, type Checkpoint } from '../../training/checkpoint.ts'
import { estimateDuration } from '../../training/duration.ts'
import { wholeFeatureSplit } from '../../training/features/split.ts'
import { frozenLayers } from '../../training/layers.ts'
import type { Started, TrainingEvent, TrainingResult } from '../../training/events.ts'
import type { TrainingInput } from '../../training/plan.ts'
import { presetRate } from '../../training/presets.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
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
  const watch = watchTraining(context, run.id)
  const speeds = openSpeeds(home.folder)
  let started: Started | undefined
  const emit: Emit = (event) => {
    if (event.event === 'started') started = event
    watch.emit(event)
  }
  try {
    const begun = beginning ? await begin(context, order, beginning, emit) : await goOn(context, order, emit)
    const result = await train({
      ...begun,
      speeds: speeds.list(),
      ...itemsOf(manifest, context.images),
      presetRate: await presetRate(begun.start.recipe),
      folder: runFolder(home, run.id),
      emit,
      cache: { folder: home.images, bytes: cacheBytes },
      features: { folder: join(home.cache, 'features'), bytes: featureBytes },
      until: order.until,
      signals: { stop: signal, ...(pause && { pause }) },
    })
    const seen = started && seenSpeed(begun.start, started, result)
    if (seen) await speeds.keep(seen)
    return { run: run.id, name: run.name, dataset, ...result }
  } finally {
    watch.close()
  }
}

/** What its steps took; null where it trained in several ways, or on features. */
function seenSpeed({ recipe, network: options }: Checkpoint, started: Started, { epochs }: TrainingResult) {
  const { optimization } = recipe
  const network = buildNetwork(options)
  const { images, microBatch, threads, batchSize, position } = started
  const own = epochs.filter(({ epoch }) => epoch > position.epoch).slice(-seenEpochs)
  const whole = wholeFeatureSplit(network, recipe, images.training + images.validation)
  if (own.length === 0 || whole || optimization.unfreeze !== null || optimization.solver !== 'sgd')
    return null
  // What it waited for images is no work of its.
  const seconds = own.map(({ imagesPerSecond, dataWait, images: count = images.training }) =>
    Math.max(1 / imagesPerSecond - dataWait / count, 0.2 / imagesPerSecond),
  )
  const work = stepWork(network, frozenLayers(network, optimization))
  const { engine, device, precision } = started
  const secondsPerImage = seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)]!
  return {
    engine,
    device,
    precision,
    work,
    images: microBatch,
    batchSize,
    threads: threads.engine,
    secondsPerImage,
  }
}

type Emit = (event: TrainingEvent) => void

/** Epochs, the latest, that a run is remembered by. */
const seenEpochs = 8
/** What a run is reckoned with before its micro-batch is known: how long trials may take needs no more. */
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
  const pixels = meanOf(manifest.images.map(({ info }) => info.width * info.height))
  const network = buildNetwork(networkOptions(asked, classes.length))
  const speeds = openSpeeds(context.home.folder).list()
  const { recipe, chosen } = await selectForTraining(context, asked, {
    classes: classes.length,
    expected: (place) =>
      estimateDuration(network, asked, { ...roughly, images: counts, pixels, place, speeds }).total,
    skip: skipTrials,
  })
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
  return { start, memory, engine: findEngine(recipe.execution.engine) }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

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
