import { existsSync, readdirSync, statSync } from 'node:fs'
import { factOf, StudioError } from '../base/errors.ts'
import type { DatasetImage, Manifest } from '../dataset/types.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { candidatesOf } from '../engine/selection/candidates.ts'
import { supportedCandidates } from '../engine/supports.ts'
import { buildNetwork, entryOf } from '../network/architectures/index.ts'
import type { Dataset, Run, StoredOptions } from '../registry/types.ts'
import { lastFile } from '../training/checkpointFiles.ts'
import { planUpdates } from '../training/plan.ts'
import { networkOptions, parseRecipe } from '../training/recipe.ts'
import { checkDiskSpace } from '../training/train.ts'
import { noticeChanged } from './dataset/changed.ts'
import type { JobContext } from './context/context.ts'
import { runFolder } from './context/home.ts'
import { findOrImport } from './import.ts'
import { holdLease } from './recording/lease.ts'
import { chooseTransferSource, initialWeights } from './training/transferSource.ts'
import { itemsOf, runTraining, type TrainingOrder, type TrainResult } from './training/runTraining.ts'

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

export type { TrainResult } from './training/runTraining.ts'

/** A run, with what its training needs besides files: see runTraining. */
export interface PreparedRun {
  readonly run: Run
  readonly dataset: Dataset
  readonly order: TrainingOrder
}

/**
 * Starts a new run and trains it to its end, or until the context's signal is aborted (`stopped`, resumable).
 * @throws StudioError of every stage; once there is a run, it is recorded as `failed` with the error
 */
export async function trainRun(context: JobContext, input: TrainInput): Promise<TrainResult> {
  const { run, dataset, order } = await prepareRun(context, input)
  return work(context, run, dataset, () => Promise.resolve(order))
}

/** Finds what a new run is to be trained with, checks it, and makes the run. @throws StudioError */
export async function prepareRun(context: JobContext, input: TrainInput): Promise<PreparedRun> {
  const { registry } = context
  const asked = parseRecipe(input.recipe)
  const dataset = await findOrImport(context, input.dataset, input.import)
  const manifest = openManifest(context, dataset)
  const { recipe, source } = await chooseTransferSource(context, asked, input.recipe)
  const weights = source && initialWeights(context, source, recipe, manifest.classes.length)
  const changed = await noticeChanged(context, dataset, manifest, isUsed)
  // What is wrong with the recipe, or lacks room, shows before there is a run.
  const network = buildNetwork(networkOptions(recipe, manifest.classes.length))
  const labels = itemsOf(manifest, manifest.root).training.map(({ label }) => label)
  planUpdates(network, recipe, labels)
  await checkDiskSpace(network, recipe, context.home.folder)
  supportedCandidates(candidatesOf(await allDevices(), recipe.execution), network, findEngine)
  const run = registry.runs.create({
    name: input.name,
    suggestion: `${dataset.name}-${entryOf(recipe.network).shortName(recipe.network)}`.slice(0, 90),
    dataset: dataset.id,
    parent: source?.run ?? undefined,
    recipe,
    isTaken: (id) => isOccupied(runFolder(context.home, id)),
  })
  if (changed) registry.runs.setChanged(run.id, changed)
  const beginning = { recipe, weights, attribution: source?.attribution }
  return { run, dataset, order: orderOf(context, run, dataset, { manifest, beginning }) }
}

/** The folder of a run that this registry does not know: it may hold days of somebody's work. */
function isOccupied(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}

function orderOf(
  { registry }: JobContext,
  { id, name, identity }: Run,
  { id: dataset }: Dataset,
  { manifest, beginning }: { readonly manifest: Manifest } & Pick<TrainingOrder, 'beginning'>,
): TrainingOrder {
  const { root: _, source: __, ...traveling } = manifest
  const last = registry.checkpoints.list(id).find(({ kind }) => kind === 'last')
  const epochs = registry.epochs.list(id).map(({ epoch }) => epoch)
  return {
    run: { id, name, identity },
    dataset,
    recorded: { epochs, step: last?.step ?? null },
    manifest: traveling,
    beginning,
  }
}

/**
 * Resumes a run from its last checkpoint, exactly as if it had not stopped; from the newest that is whole, where
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
  return work(context, run, dataset, async () => {
    const changed = await noticeChanged(context, dataset, manifest, isUsed)
    if (changed) registry.runs.setChanged(run.id, changed)
    const hasBegun = existsSync(lastFile(runFolder(home, run.id)))
    const beginning = hasBegun ? null : await beginningOf(context, run, manifest)
    return orderOf(context, run, dataset, { manifest, beginning })
  })
}

async function beginningOf(
  context: JobContext,
  run: Run,
  manifest: Manifest,
): Promise<TrainingOrder['beginning']> {
  const { recipe, source } = await chooseTransferSource(context, parseRecipe(run.recipe), run.recipe)
  const weights = source && initialWeights(context, source, recipe, manifest.classes.length)
  return { recipe, weights, attribution: source?.attribution }
}

/** Trains under a lease, and records how it ended. */
async function work(
  context: JobContext,
  { id, name }: Run,
  dataset: Dataset,
  prepare: () => Promise<TrainingOrder>,
): Promise<TrainResult> {
  const { registry, signal } = context
  const lease = holdLease(registry, id)
  try {
    context.emit({ event: 'run', run: id, name, dataset: dataset.id })
    const result = await runTraining(
      { ...context, images: dataset.root, signal: AbortSignal.any([signal, lease.lost]) },
      await prepare(),
    )
    lease.lost.throwIfAborted()
    registry.runs.end(id, result.status)
    return result
  } catch (error) {
    // It is another process's by now, as is its row.
    if (lease.lost.aborted) throw lease.lost.reason
    // Ctrl-C may also come while something is being opened: nothing is lost then, and nothing wrong.
    if (signal.aborted) registry.runs.end(id, 'stopped')
    else registry.runs.end(id, 'failed', factOf(error))
    throw error
  } finally {
    lease.close()
  }
}

/** Whether training, or validation after each epoch, reads an image. */
const isUsed = ({ split }: DatasetImage): boolean => split !== 'test'

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
