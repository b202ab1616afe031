import type { Manifest } from '../../dataset/types.ts'
import type { JobContext } from '../../jobs/context/context.ts'
import type { DatasetReport } from '../../jobs/tasks/health.ts'
import type { EvaluationDifference } from '../../jobs/statistics/differences.ts'
import type { EvaluationStatistics } from '../../jobs/statistics/evaluation.ts'
import type { SlicesInput, SlicesResult } from '../../jobs/statistics/slices.ts'
import type { Catalog } from '../../messages/catalog.ts'
import type { Id } from '../../registry/types.ts'

/** What a report is made from; what takes long may be made in another process. */
export interface ReportSources {
  readonly context: JobContext
  /** In the language of the person. */
  readonly texts: Catalog
  statistics(evaluation: Id): Promise<EvaluationStatistics>
  differences(evaluations: readonly Id[]): Promise<readonly EvaluationDifference[]>
  slices(input: SlicesInput): Promise<SlicesResult>
  health(dataset: Id): Promise<DatasetReport>
  /** A small WebP picture. */
  picture(file: string): Promise<Uint8Array>
}

/** Pictures inside the page, until there is no room for more. */
export interface Pictures {
  /** A `data:` address; null where there is no room, or the file can't be read. */
  of(manifest: Manifest, position: number): Promise<string | null>
}
