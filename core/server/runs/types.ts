import type { Metric } from '../../evaluation/metric.ts'
import type { TrainInput } from '../../jobs/training/prepare.ts'
import type { RecoverResult } from '../../jobs/recording/recover.ts'
import type { RunChanges } from '../../registry/runs.ts'
import type { Id, RunStatus } from '../../registry/types.ts'
import { runSettings } from '../api/types.ts'
import type {
  BatchPictures,
  Deleted,
  EpochCurves,
  LogEntry,
  Page,
  RunPage,
  RunView,
  StepCurve,
} from '../api/types.ts'
import type { Paging } from '../paging.ts'
import type { Shown } from '../../messages/shown.ts'
import type { QueuedJob } from '../queue/types.ts'

export const runOrders = [
  'created',
  'name',
  'status',
  'dataset',
  'config',
  'epochs',
  'top1Error',
  'testError',
  'loss',
  'duration',
  ...runSettings,
] as const

export interface RunQuery extends Paging {
  readonly search?: string | undefined
  readonly status?: RunStatus | undefined
  readonly tag?: string | undefined
  readonly dataset?: Id | undefined
  /** Default: not archived. */
  readonly archived?: boolean | undefined
  /** With the latest results on test images. */
  readonly tested?: boolean | undefined
  readonly sort?: (typeof runOrders)[number] | undefined
  readonly direction?: 'ascending' | 'descending' | undefined
}

export interface StepQuery {
  readonly points?: number | undefined
  /** Updates since the start, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** All throw StudioError `not-found`. */
export interface Runs {
  list(query: RunQuery): RunPage
  /** Takes in the runs that the registry does not know. */
  recover(): Promise<Shown<RecoverResult>>
  view(id: Id): Promise<RunView>
  update(id: Id, changes: { readonly [K in keyof RunChanges]?: RunChanges[K] | undefined }): Promise<RunView>
  /** @throws StudioError `run-busy` */
  remove(id: Id): Promise<Deleted>
  /** @throws StudioError `too-late` */
  restore(id: Id): Promise<RunView>
  epochs(id: Id, points: number): EpochCurves
  steps(id: Id, query: StepQuery): Promise<StepCurve>
  log(
    id: Id,
    query: { readonly after?: number | undefined; readonly limit?: number | undefined },
    metric: Metric,
  ): Promise<Page<LogEntry>>
  lastBatch(id: Id, count: number): Promise<BatchPictures>
  /** The job that trains the run. @throws StudioError `not-running` */
  jobOf(id: Id): QueuedJob
  /** A new run like this one, with changes. @throws StudioError `invalid-recipe` */
  again(
    id: Id,
    input: {
      /** Default: the run's own. */
      readonly dataset?: Id | undefined
      readonly name?: string | undefined
      /** Settings that are to be other ones: any part of a recipe. */
      readonly changes: Readonly<Record<string, unknown>>
      readonly skipTrials?: boolean | undefined
    },
  ): Promise<TrainInput>
  /** Checked. @throws StudioError `invalid-recipe` */
  training(input: {
    readonly dataset: Id
    readonly name?: string | undefined
    readonly recipe: Readonly<Record<string, unknown>>
    readonly skipTrials?: boolean | undefined
  }): Promise<TrainInput>
}
