import type { PredictionOrder } from '../../registry/pages.ts'
import type { Id } from '../../registry/types.ts'
import type { EvaluateInput } from '../../jobs/evaluation/evaluateInput.ts'
import type { ExportInput } from '../../jobs/export.ts'
import type { LearningProgress } from '../../jobs/tasks/predictor.ts'
import type { UnfinishedEvaluation } from '../../jobs/evaluation/unfinished.ts'
import type {
  ComparisonView,
  DifferingImage,
  EvaluatedImage,
  EvaluatedImageDetails,
  ImageViewsAnswer,
  EnsembleView,
  EvaluationEntry,
  EvaluationPlan,
  EvaluationView,
  ExportView,
  Page,
  PredictionAnswer,
} from '../api/types.ts'
import type { Paging } from '../paging.ts'

export interface CellQuery extends Paging {
  readonly label?: number | undefined
  readonly predicted?: number | undefined
  readonly correct?: boolean | undefined
  readonly sort?: PredictionOrder | 'similar' | undefined
  /** Position that `similar` begins with; default: the first of the list. */
  readonly like?: number | undefined
}

/** All throw StudioError `not-found`. */
export interface Evaluations {
  /** Newest first; of all runs where none is named. */
  list(run: Id | undefined): readonly EvaluationEntry[]
  view(id: Id): EvaluationView
  images(id: Id, query: CellQuery): Promise<Page<EvaluatedImage>>
  /** One image, and its place in the list that the query asks for; null where it is not in it. */
  image(id: Id, position: number, query: CellQuery): EvaluatedImageDetails
  /** What each view of it says. @throws StudioError what is wrong with its file */
  views(id: Id, position: number): Promise<ImageViewsAnswer>
}

export interface DifferenceQuery extends Paging {
  readonly first: Id
  readonly second: Id
  /** Which one is right; `differ`: other predictions. Default `differ`. */
  readonly only?: 'first' | 'second' | 'neither' | 'differ' | undefined
  readonly label?: number | undefined
}

export interface Comparison {
  /**
   * @param picked evaluations to compare, one of each run
   * @throws StudioError `other-images`
   */
  view(runs: readonly Id[], points: number, picked: readonly Id[] | undefined): ComparisonView
  /** @throws StudioError `other-images` where the evaluations are of different images */
  images(query: DifferenceQuery): Promise<Page<DifferingImage>>
}

export interface Prediction {
  /** Opens the network that will be asked for, so that the first answer need not wait for it. */
  open(choice: { readonly run: Id; readonly checkpoint?: string | undefined }): Promise<void>
  /** Gets on for about a second with what predictions need to say how unlike the training images an image is. */
  learn(choice: { readonly run: Id; readonly checkpoint?: string | undefined }): Promise<LearningProgress>
  known(input: {
    readonly run: Id
    readonly checkpoint?: string | undefined
    readonly calibrated?: boolean | undefined
    readonly images: readonly { readonly dataset: Id; readonly position: number }[]
  }): Promise<PredictionAnswer>
  /** @throws StudioError `too-large` */
  uploaded(
    input: {
      readonly run: Id
      readonly checkpoint?: string | undefined
      readonly calibrated?: boolean | undefined
      readonly name?: string | undefined
    },
    body: ReadableStream<Uint8Array> | null,
  ): Promise<PredictionAnswer>
}

/** What an evaluation would look at and cost. */
export interface Protocols {
  plan(input: EvaluateInput & { readonly image?: number | undefined }): EvaluationPlan
  /** Interrupted evaluations of a run. */
  unfinished(run: Id): readonly UnfinishedEvaluation[]
  /** @throws StudioError `not-found`, `evaluation-busy` */
  discard(run: Id, name: string): void
}

export interface Ensembles {
  /** Newest first. */
  list(): readonly EnsembleView[]
  /** @throws StudioError `not-found` */
  view(id: Id): EnsembleView
}

export interface Exports {
  list(run: Id | undefined): Promise<readonly ExportView[]>
  view(id: Id): Promise<ExportView>
  /** @param folder in which a folder for the export is made */
  input(choice: Omit<ExportInput, 'out' | 'overwrite'>, folder: string | undefined): ExportInput
  /** A ZIP archive, streamed. */
  download(id: Id): Promise<Response>
  file(id: Id, name: string): Promise<Response>
}
