import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { StudioError } from '../base/errors.ts'
import type { ObservedSpeed } from '../engine/selection/speeds.ts'
import type { Engine, ExecutionOptions, TrainerOptions } from '../engine/types.ts'
import type { Network } from '../network/types.ts'
import { buildNetwork } from '../network/architectures/index.ts'
import type { Item, Loader, LoaderOptions } from '../pipeline/types.ts'
import type { CheckpointHeader } from './checkpointHeader.ts'
import type { Checkpoint } from './checkpoint.ts'
import { chanceLoss, classCounts, classWeights } from './classWeights.ts'
import type { TrainingSignals } from './control.ts'
import type { TrainingEvent } from './events.ts'
import { wholeFeatureSplit } from './features/split.ts'
import type { FeatureStore } from './features/store.ts'
import { frozenLayers, layerRateFactors } from './layers.ts'
import { availableMemory } from './memory.ts'
import { firstMicroBatch, type FirstMicroBatchSize } from './microBatchSize.ts'
import type { Pace } from './progress.ts'
import { withMicroBatch, type Recipe } from './recipe.ts'

export interface TrainingInput {
  /** startCheckpoint for a new run, a loaded one to resume a run: recipe, classes and all settings are in it. */
  readonly start: Checkpoint
  /** Training images: not empty, labels below the number of classes; the same in the same order for a resumed run. */
  readonly training: readonly Item[]
  /** Validation images; if empty, plateau and early stopping use the training loss, and no checkpoint is the best. */
  readonly validation: readonly Item[]
  readonly engine: Engine
  /** Overrides recipe.execution.device. */
  readonly device?: string
  /** Bytes available on the device; default: the free main memory. */
  readonly memory?: number | undefined
  /** What the machine has shown: the time left is estimated by it until the run has shown its own pace. */
  readonly speeds?: readonly ObservedSpeed[] | undefined
  /** A learning rate known to work for recipes like this one, for advice. */
  readonly presetRate?: number | undefined
  /** Folder of the checkpoints; made where it is missing, and used by this run alone. */
  readonly folder: string
  readonly emit: (event: TrainingEvent) => void
  /** Told at the end what the run took, to know it of others. */
  readonly onPace?: ((pace: Pace) => void) | undefined
  readonly signals?: TrainingSignals
  /** The epoch after which it stops, to be resumed later; null: it trains to its end. */
  readonly until?: number | null | undefined
  /** Cache of decoded images for later epochs and runs; see LoaderOptions. */
  readonly cache?: LoaderOptions['cache']
  /** Store of image features for later runs; by default none are kept. */
  readonly features?: FeatureStore | undefined
  /** Default: the pipeline's. */
  readonly openLoader?: (options: LoaderOptions) => Loader
  /** Milliseconds between `progress` events; 0: every one. Default 250. */
  readonly eventInterval?: number
}

/** What follows from a recipe and the labels of its training images. */
export interface UpdatePlan {
  readonly labels: readonly number[]
  readonly frozen: readonly string[]
  readonly rateFactors: Readonly<Record<string, number>>
  readonly classWeights: readonly number[]
  readonly stepsPerEpoch: number
  /** Losses of guessing: ln K, and the entropy of the class frequencies. */
  readonly chance: readonly number[]
}

/** Everything that stays the same while a run trains. */
export interface TrainingPlan extends Omit<UpdatePlan, 'frozen' | 'rateFactors'> {
  readonly network: Network
  /** The recipe with the micro-batch that the run begins with. */
  readonly recipe: Recipe
  readonly trainerOptions: TrainerOptions
  readonly execution: ExecutionOptions
  /** Where the run starts or resumes, with every choice made. */
  readonly header: CheckpointHeader & { readonly microBatch: number; readonly threads: Threads }
  /** Null for a resumed run: it keeps its own. */
  readonly chosen: FirstMicroBatchSize | null
}

type Threads = NonNullable<CheckpointHeader['threads']>

/** @throws StudioError `invalid-recipe`, `invalid-option`, `no-images`, `dataset-changed` */
export function planTraining(input: TrainingInput): TrainingPlan {
  const { start, training } = input
  const { recipe: asked } = start
  const network = buildNetwork(start.network)
  const labels = training.map(({ label }) => label)
  const { frozen, rateFactors, ...updates } = planUpdates(network, asked, labels)
  const images = checkImages(start, labels)
  const threads = start.threads ?? chooseThreads(asked)
  const execution = executionOptions(input, threads)
  const chosen = start.microBatch === null ? chooseFor(network, input, execution) : null
  const recipe = chosen ? withMicroBatch(asked, chosen.size) : asked
  const { labelSmoothing } = asked.optimization
  return {
    ...updates,
    network,
    recipe,
    execution,
    trainerOptions: { ...execution, frozen, rateFactors, labelSmoothing },
    header: { ...withoutState(start), recipe, microBatch: start.microBatch ?? chosen!.size, threads, images },
    chosen,
  }
}

/**
 * The part of a plan that needs no engine and no weights, so that errors in it show before there is a run.
 * @throws StudioError `invalid-recipe`, `no-images`
 */
export function planUpdates(network: Network, recipe: Recipe, labels: readonly number[]): UpdatePlan {
  if (labels.length === 0) {
    throw new StudioError('no-images', { what: 'training' })
  }
  const { optimization, data } = recipe
  return {
    labels,
    frozen: frozenLayers(network, optimization),
    rateFactors: layerRateFactors(network, optimization),
    classWeights: classWeights(labels, network.classes, data.classWeights),
    stepsPerEpoch: Math.ceil(labels.length / optimization.batchSize),
    chance: chanceLevels(labels, network.classes, recipe),
  }
}

function withoutState(start: Checkpoint): CheckpointHeader {
  const header: CheckpointHeader & { state?: unknown; dynamics?: unknown } = { ...start }
  delete header.state
  delete header.dynamics
  return header
}

function chooseFor(
  network: Network,
  { start, engine, training, validation, memory: available = availableMemory() }: TrainingInput,
  { device, precision }: ExecutionOptions,
): FirstMicroBatchSize {
  const { batchSize, microBatch } = start.recipe.optimization
  return firstMicroBatch(network, batchSize, microBatch, {
    ...{ engine, available },
    split: wholeFeatureSplit(network, start.recipe, training.length + validation.length),
    ...(device !== undefined && { device }),
    ...(precision !== undefined && { precision }),
  })
}

/** The engine gets all cores; decoding, which it rarely waits for, gets half as many threads. */
export function chooseThreads({ execution }: Recipe): Threads {
  const cores = availableParallelism()
  return {
    engine: execution.threads ?? cores,
    decode: execution.decodeThreads ?? Math.min(8, Math.max(1, Math.floor(cores / 2))),
  }
}

/** A run that resumes with the same engine stays where it was. */
function executionOptions(
  { start: { recipe, execution }, engine, device }: TrainingInput,
  threads: Threads,
): ExecutionOptions {
  const before = execution?.engine === engine.name ? execution : null
  const chosen = device ?? before?.device ?? recipe.execution.device
  const precision = before?.precision ?? recipe.execution.precision
  return {
    threads: threads.engine,
    ...(chosen === 'auto' ? {} : { device: chosen }),
    ...(precision === 'auto' ? {} : { precision }),
  }
}

function chanceLevels(labels: readonly number[], classes: number, { data, optimization }: Recipe): number[] {
  const uniform = Math.log(classes)
  if (data.sampling === 'balanced' || data.classWeights === 'balanced') return [uniform]
  const shares = classCounts(labels, classes).map((count) => count / labels.length)
  return [uniform, chanceLoss(shares, optimization.labelSmoothing)]
}

function checkImages(start: Checkpoint, labels: readonly number[]): NonNullable<CheckpointHeader['images']> {
  const digest = labelsHash(labels)
  const { images } = start
  if (images !== null && (images.count !== labels.length || images.labels !== digest)) {
    throw new StudioError('dataset-changed', { before: images.count, now: labels.length })
  }
  return { count: labels.length, labels: digest }
}

/** A hash that tells whether these are the images that a run was started with. */
export function labelsHash(labels: readonly number[]): string {
  return createHash('sha256').update(Int32Array.from(labels)).digest('hex')
}
