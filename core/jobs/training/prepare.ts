import { existsSync, readdirSync } from 'node:fs'
import type { DatasetImage, Manifest } from '../../dataset/types.ts'
import { allDevices, findEngine } from '../../engine/index.ts'
import { candidatesOf } from '../../engine/selection/candidates.ts'
import { supportedCandidates } from '../../engine/supports.ts'
import { buildNetwork, entryOf } from '../../network/architectures/index.ts'
import type { Dataset, Id, Plan, Run, StoredOptions } from '../../registry/types.ts'
import { lastFile } from '../../training/checkpointFiles.ts'
import { planUpdates } from '../../training/plan.ts'
import { networkOptions, parseRecipe } from '../../training/recipe.ts'
import { checkDiskSpace } from '../../training/train.ts'
import type { JobContext } from '../context/context.ts'
import { runFolder } from '../context/home.ts'
import { noticeChanged } from '../dataset/changed.ts'
import { refuseMissing } from '../dataset/reachable.ts'
import { findOrImport } from '../import.ts'
import type { PreparedRun } from './prepared.ts'
import { runName } from './runName.ts'
import { itemsOf, type TrainingOrder } from './runTraining.ts'
import { chooseTransferSource, initialWeights } from './transferSource.ts'

export interface TrainInput {
  /** An id, a name, `name@version`, `last`, or a folder, which is imported first. */
  readonly dataset: string
  /** Default: made of the data set's name and the configuration. */
  readonly name?: string | undefined
  /** Any part of a recipe. */
  readonly recipe: unknown
  /** The run that it repeats, with changes; its recipe has been laid under this one's. */
  readonly like?: Id | undefined
  /** Whether nothing is tried before training: what this machine has shown decides where it computes. */
  readonly skipTrials?: boolean | undefined
  /** How a folder is split that brings no split; default: as it was before. */
  readonly import?: StoredOptions | undefined
}

/** A step of a plan. */
export interface StepOfPlan {
  readonly plan: Plan
  readonly step: number
  /** The epoch after which it rests; null: it trains to its end. */
  readonly until: number | null
}

/** Finds what a new run is to be trained with, checks it, and makes the run. @throws StudioError */
export async function prepareRun(
  context: JobContext,
  input: TrainInput,
  of?: StepOfPlan,
): Promise<PreparedRun> {
  const { registry } = context
  const asked = parseRecipe(input.recipe)
  const dataset = await findOrImport(context, input.dataset, input.import)
  const manifest = manifestOf(context, dataset)
  const { recipe, source } = await chooseTransferSource(context, asked, input.recipe)
  const weights = source && initialWeights(context, source, recipe, manifest.classes.length)
  const changed = await noticeChanged(context, dataset, manifest.images.filter(isUsed))
  // What is wrong with the recipe, or lacks room, shows before there is a run.
  const network = buildNetwork(networkOptions(recipe, manifest.classes.length))
  const labels = itemsOf(manifest, manifest.root).training.map(({ label }) => label)
  planUpdates(network, recipe, labels)
  await checkDiskSpace(network, recipe, context.home.folder)
  supportedCandidates(candidatesOf(await allDevices(), recipe.execution), network, findEngine)
  const run = registry.runs.create({
    name: input.name,
    suggestion: of
      ? `${of.plan.name.slice(0, 80)}-${of.step + 1}`
      : runName(
          `${dataset.name}-${entryOf(recipe.network).shortName(recipe.network)}`,
          recipe,
          registry.runs.list(),
        ),
    plan: of && { plan: of.plan.id, step: of.step },
    dataset: dataset.id,
    parent: source?.run ?? undefined,
    // It may have been deleted while this one waited.
    like: input.like !== undefined && registry.runs.ids().has(input.like) ? input.like : undefined,
    recipe,
    isTaken: (id) => isOccupied(runFolder(context.home, id)),
  })
  if (changed) registry.runs.setChanged(run.id, changed)
  const { skipTrials = false } = input
  const beginning = { recipe, weights, attribution: source?.attribution, skipTrials }
  const order = orderOf(context, run, dataset, { manifest, beginning })
  return { run, dataset, order: { ...order, until: of?.until } }
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

/** Finds what a run that stopped is resumed with. @param until the epoch after which it rests. @throws StudioError */
export async function prepareResumed(
  context: JobContext,
  run: Run,
  dataset: Dataset,
  manifest: Manifest,
  until?: number | null,
): Promise<TrainingOrder> {
  const { registry, home } = context
  const changed = await noticeChanged(context, dataset, manifest.images.filter(isUsed))
  if (changed) registry.runs.setChanged(run.id, changed)
  const hasBegun = existsSync(lastFile(runFolder(home, run.id)))
  const beginning = hasBegun ? null : await beginningOf(context, run, manifest)
  return { ...orderOf(context, run, dataset, { manifest, beginning }), until }
}

async function beginningOf(
  context: JobContext,
  run: Run,
  manifest: Manifest,
): Promise<TrainingOrder['beginning']> {
  const { recipe, source } = await chooseTransferSource(context, parseRecipe(run.recipe), run.recipe)
  const weights = source && initialWeights(context, source, recipe, manifest.classes.length)
  return { recipe, weights, attribution: source?.attribution, skipTrials: false }
}

/** Whether training, or validation after each epoch, reads an image. */
const isUsed = ({ split }: DatasetImage): boolean => split !== 'test'

/** @throws StudioError `dataset-missing` where its folder is not there */
export function manifestOf({ registry }: JobContext, dataset: Dataset): Manifest {
  refuseMissing(dataset)
  return registry.datasets.manifest(dataset.id)
}
