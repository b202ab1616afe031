import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { factOf, StudioError } from '../base/errors.ts'
import { imagePath } from '../dataset/import.ts'
import { buildNetwork, entryOf } from '../network/architectures/index.ts'
import type { DatasetImage, Manifest, Split } from '../dataset/types.ts'
import type { Tensors } from '../base/tensor.ts'
import { candidatesOf } from '../engine/selection/candidates.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { ableCandidates } from '../engine/supports.ts'
import type { Item } from '../pipeline/types.ts'
import type { Dataset, Id, Run, StoredOptions } from '../registry/types.ts'
import { startCheckpoint, type Checkpoint } from '../training/checkpoint.ts'
import { lastFile } from '../training/checkpointFiles.ts'
import type { TrainingEvent, TrainingResult } from '../training/events.ts'
import { planUpdates, type TrainingInput } from '../training/plan.ts'
import { usualRate } from '../training/presets.ts'
import { networkOptions, parseRecipe, type Recipe } from '../training/recipe.ts'
import type { Attribution } from '../weights/entry.ts'
import { checkRoom, train } from '../training/train.ts'
import { noticeChanged } from './changed.ts'
import type { JobContext } from './context.ts'
import { runFolder } from './home.ts'
import { findOrImport } from './import.ts'
import { lastWhole } from './lastWhole.ts'
import { holdLease } from './lease.ts'
import { chooseParent, initialWeights } from './parent.ts'
import { memoryFor, selectForResuming, selectForTraining } from './selectExecution.ts'
import { suggestEngine } from './suggest.ts'
import { watchTraining } from './watchTraining.ts'

export interface TrainInput {
  /** An id, a name, `name@version`, `last`, or a folder, which is imported first. */
  readonly dataset: string
  /** Default: made of the data set's name and the configuration. */
  readonly name?: string | undefined
  /** Any part of a recipe. */
  readonly recipe: unknown
  /** How a folder is split that brings no split; default: as it was before. */
  readonly import?: StoredOptions | undefined
}

export interface ResumeInput {
  readonly run: string
}

export interface TrainResult extends TrainingResult {
  readonly run: Id
  readonly name: string
  readonly dataset: Id
}

type Prepared = Omit<TrainingInput, 'folder' | 'emit' | 'signals' | 'cache'>

/**
 * Starts a new run and trains it to its end, or until the context's signal is aborted (`stopped`, resumable).
 * @throws StudioError of every stage; once there is a run, it is recorded as `failed` with the error
 */
export async function trainRun(context: JobContext, input: TrainInput): Promise<TrainResult> {
  const { registry } = context
  const asked = parseRecipe(input.recipe)
  const dataset = await findOrImport(context, input.dataset, input.import)
  const manifest = openManifest(context, dataset)
  const { recipe, parent } = await chooseParent(context, asked, input.recipe)
  const weights = parent && initialWeights(context, parent, recipe, manifest.classes.length)
  const items = itemsOf(manifest)
  const changed = await noticeChanged(context, dataset, manifest, isUsed)
  // What is wrong with the recipe, or lacks room, shows before there is a run.
  const attribution = parent?.attribution
  const network = buildNetwork(networkOptions(recipe, manifest.classes.length))
  const labels = items.training.map(({ label }) => label)
  planUpdates(network, recipe, labels)
  await checkRoom(network, recipe, context.home.folder)
  ableCandidates(candidatesOf(await allDevices(), recipe.execution), network, findEngine)
  const run = registry.runs.create({
    name: input.name,
    suggestion: `${dataset.name}-${entryOf(recipe.network).shortName(recipe.network)}`.slice(0, 90),
    dataset: dataset.id,
    parent: parent?.run ?? undefined,
    recipe,
    isTaken: (id) => isOccupied(runFolder(context.home, id)),
  })
  if (changed) registry.runs.setChanged(run.id, changed)
  return work(context, run, dataset, async (emit) => {
    const first = await firstStart(context, run, { recipe, manifest, weights, attribution, emit })
    return { ...first, ...items, engine: findEngine(first.start.recipe.execution.engine) }
  })
}

/** The folder of a run that this registry does not know: it may hold days of somebody's work. */
function isOccupied(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}

type First = Pick<TrainingInput, 'start' | 'memory'>

interface FirstStart {
  readonly recipe: Recipe
  readonly manifest: Manifest
  readonly weights: Tensors | null
  readonly attribution: Attribution | undefined
  readonly emit: (event: TrainingEvent) => void
}

/**
 * Chooses where the run computes, and says so in its recipe. With the micro-batch that it begins with, which is
 * recorded as it starts, repeating the recipe gives the same losses.
 */
async function firstStart(
  context: JobContext,
  run: Run,
  { recipe: asked, manifest, weights, attribution, emit }: FirstStart,
): Promise<First> {
  const { classes, statistics } = manifest
  const { recipe, chosen } = await selectForTraining(context, asked, classes.length)
  context.registry.runs.setRecipe(run.id, recipe)
  // Before the weights are made: what they take is in the estimate that it is held against.
  const memory = await memoryFor(recipe)
  if (chosen) emit(chosen)
  const images = manifest.images.filter(({ split }) => split === 'train').length
  await suggestEngine(context, { asked, images, classes: classes.length })
  return {
    start: startCheckpoint({
      attribution,
      recipe,
      classes,
      statistics,
      run: run.identity,
      ...(weights && { weights }),
    }),
    memory,
  }
}

/**
 * Goes on with a run from its last checkpoint, exactly as if it had not stopped; from the newest that is whole, where
 * that one is damaged; from the beginning, where it stopped before its first checkpoint.
 * @throws StudioError `run-busy`, `run-completed`, and those of trainRun
 */
export async function resumeRun(context: JobContext, input: ResumeInput): Promise<TrainResult> {
  const { registry, home } = context
  const run = registry.runs.get(input.run)
  if (run.status === 'completed') throw completed(run)
  if (run.dataset === null) throw datasetDeleted(run)
  const dataset = registry.datasets.get(run.dataset)
  const manifest = openManifest(context, dataset)
  return work(context, run, dataset, async (emit) => {
    const changed = await noticeChanged(context, dataset, manifest, isUsed)
    if (changed) registry.runs.setChanged(run.id, changed)
    const first = existsSync(lastFile(runFolder(home, run.id)))
      ? { start: { ...(await lastWhole(context, run, emit)), run: run.identity } }
      : await restart(context, run, manifest, emit)
    alignEpochs(context, run.id, first.start)
    const engine = await selectForResuming(context, run.id, first.start)
    return { ...first, ...itemsOf(manifest), engine }
  })
}

async function restart(
  context: JobContext,
  run: Run,
  manifest: Manifest,
  emit: FirstStart['emit'],
): Promise<First> {
  const { recipe, parent } = await chooseParent(context, parseRecipe(run.recipe), run.recipe)
  const weights = parent && initialWeights(context, parent, recipe, manifest.classes.length)
  return firstStart(context, run, { recipe, manifest, weights, attribution: parent?.attribution, emit })
}

/** The checkpoint is the truth: the registry may lack its newest epochs, or know later ones that are lost. */
function alignEpochs({ registry }: JobContext, run: Id, { epochs, position }: Checkpoint): void {
  registry.epochs.forgetAfter(run, position.epoch)
  for (const record of epochs) registry.epochs.put(run, record)
}

/** For decoded images, at most: 35,000 photos of 500×375 pixels. */
const cacheBytes = 20e9

/** For features of images, at most: a million images' as a linear head takes them. */
const featureBytes = 2e9

/** Trains under a lease, and records how it ended. */
async function work(
  context: JobContext,
  run: Run,
  dataset: Dataset,
  prepare: (emit: (event: TrainingEvent) => void) => Promise<Prepared>,
): Promise<TrainResult> {
  const { registry, signal, pause } = context
  const { id, name } = run
  const lease = holdLease(registry, id)
  const { emit, close } = watchTraining(context, id)
  try {
    context.emit({ event: 'run', run: id, name, dataset: dataset.id })
    const folder = runFolder(context.home, id)
    const prepared = await prepare(emit)
    const result = await train({
      ...prepared,
      usualRate: await usualRate(prepared.start.recipe),
      folder,
      emit,
      cache: { folder: context.home.images, bytes: cacheBytes },
      features: { folder: join(context.home.cache, 'features'), bytes: featureBytes },
      signals: { stop: AbortSignal.any([signal, lease.lost]), ...(pause && { pause }) },
    })
    lease.lost.throwIfAborted()
    registry.runs.end(id, result.status)
    return { run: id, name, dataset: dataset.id, ...result }
  } catch (error) {
    // It is another process's by now, as is its row.
    if (lease.lost.aborted) throw lease.lost.reason
    // Ctrl-C may also come while something is being opened: nothing is lost then, and nothing wrong.
    if (signal.aborted) registry.runs.end(id, 'stopped')
    else registry.runs.end(id, 'failed', factOf(error))
    throw error
  } finally {
    lease.close()
    close()
  }
}

/** By training and by validation after each epoch. */
const isUsed = ({ split }: DatasetImage): boolean => split !== 'test'

function itemsOf(manifest: Manifest): { training: readonly Item[]; validation: readonly Item[] } {
  const of = (wanted: Split): readonly Item[] =>
    manifest.images
      .filter(({ split }) => split === wanted)
      .map((image) => ({ path: imagePath(manifest, image), label: image.label }))
  return { training: of('train'), validation: of('validation') }
}

function openManifest({ registry }: JobContext, { id, name, root }: Dataset): Manifest {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return registry.datasets.manifest(id)
  throw new StudioError('dataset-missing', { root, name, dataset: id })
}

function completed({ id, name }: Run): StudioError {
  return new StudioError('run-completed', { run: id, name })
}

function datasetDeleted({ id }: Run): StudioError {
  return new StudioError('not-found', { what: 'dataset-to-resume', run: id })
}
