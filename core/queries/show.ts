import { join } from 'node:path'
import type {
  Checkpoint,
  Dataset,
  EvaluationRow,
  EvaluationSummary,
  ExportRow,
  Id,
  Run,
} from '../registry/types.ts'
import type { EpochRecord } from '../training/events.ts'
import { countedEpoch } from '../jobs/recording/countedEpoch.ts'
import { lineageOf } from './plans.ts'
import { repeatedBy, type Repeated } from './repeated.ts'
import type { HomeContext } from '../jobs/context/home.ts'

type DatasetLabel = Pick<Dataset, 'name' | 'version' | 'root' | 'classes' | 'images'> & {
  readonly dataset: Id
}

/** A run of a lineage. */
export interface Ancestor extends Pick<Run, 'name' | 'status'> {
  readonly run: Id
  readonly config: string | null
  readonly scale: { readonly min: number; readonly max: number } | null
}

/** A run with what it was trained on, its curves and its evaluations. */
export interface RunResults extends Omit<Run, 'id' | 'dataset' | 'like'> {
  readonly run: Id
  readonly dataset: DatasetLabel | null
  readonly epochs: readonly EpochRecord[]
  /** Without their matrices. */
  readonly evaluations: readonly EvaluationWithResult<EvaluationSummary>[]
}

/** An evaluation of a run, with what came of it beside what it is of. */
export type EvaluationWithResult<Row extends EvaluationSummary> = Omit<Row, 'id' | 'run' | 'result'> &
  Row['result'] & { readonly evaluation: Id }

/** A run with everything that came of it. */
export interface RunDetails extends RunResults {
  readonly evaluations: readonly EvaluationWithResult<EvaluationRow>[]
  readonly like: Repeated | null
  /** The runs that its weights come from, the first one first, and itself. */
  readonly lineage: readonly Ancestor[]
  /** Images at once in the first update, as in the recipe, where memory ran out later and they are fewer now. */
  readonly firstMicroBatch: number | null
  /** `path` is absolute here; `images`: how many the error is of. */
  readonly checkpoints: readonly (Checkpoint & { readonly images: number | null })[]
  readonly exports: readonly (Omit<ExportRow, 'id' | 'run'> & { readonly export: Id })[]
}

/** @throws StudioError `not-found` */
export function runResults(context: HomeContext, input: { readonly run: string }): RunResults {
  const trained = trainedRun(context, input.run)
  return { ...trained, evaluations: context.registry.evaluations.summaries(trained.run).map(withResult) }
}

/** @throws StudioError `not-found` */
export function showRun(context: HomeContext, input: { readonly run: string }): RunDetails {
  const { home, registry } = context
  const trained = trainedRun(context, input.run)
  const { run: id, epochs } = trained
  const { runs, datasets } = registry
  return {
    ...trained,
    evaluations: registry.evaluations.list(id).map(withResult),
    like: repeatedBy(runs.get(id), { run: runs.get, dataset: datasets.get }),
    lineage: lineageOf(registry, id).map(ancestorOf),
    firstMicroBatch: firstMicroBatch(trained),
    checkpoints: registry.checkpoints.list(id).map((checkpoint) => ({
      ...checkpoint,
      path: join(home.folder, checkpoint.path),
      images: epochs.find(({ epoch }) => epoch === checkpoint.epoch)?.validation?.images ?? null,
    })),
    exports: registry.exports.list(id).map(({ id: key, run: _, ...row }) => ({ export: key, ...row })),
  }
}

/** A run without its evaluations. */
function trainedRun({ registry }: HomeContext, asked: string): Omit<RunResults, 'evaluations'> {
  const { id, dataset: datasetId, like: _, ...run } = registry.runs.get(asked)
  const dataset = datasetId === null ? null : registry.datasets.get(datasetId)
  return {
    run: id,
    ...run,
    dataset: dataset && labelOf(dataset),
    epochs: registry.epochs.list<EpochRecord>(id).map((record) => countedEpoch(record, dataset)),
  }
}

function withResult<Row extends EvaluationSummary>({ id, run: _, result, ...row }: Row) {
  return { evaluation: id, ...row, ...(result as Row['result']) }
}

function ancestorOf({ id, name, status, recipe }: Run): Ancestor {
  const { network, data } = recipe as {
    readonly network?: { readonly config?: string }
    readonly data?: { readonly scale?: { readonly min: number; readonly max: number } }
  }
  return { run: id, name, status, config: network?.config ?? null, scale: data?.scale ?? null }
}

function firstMicroBatch({ recipe, execution }: Pick<Run, 'recipe' | 'execution'>): number | null {
  const { optimization } = recipe as { optimization?: { microBatch?: unknown } }
  const [first, now] = [optimization?.microBatch, execution?.microBatch]
  return typeof first === 'number' && now !== undefined && now < first ? first : null
}

function labelOf({ id, name, version, root, classes, images }: Dataset): DatasetLabel {
  return { dataset: id, name, version, root, classes, images }
}
