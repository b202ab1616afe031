import type { Metric } from '../../evaluation/metric.ts'
import type { SavedSlice, SliceDefinition } from '../../evaluation/statistics/slices.ts'
import { differencesOrReason, type DifferencesOrReason } from '../../jobs/statistics/differences.ts'
import type { ClassCurvePoints, EvaluationStatistics } from '../../jobs/statistics/evaluation.ts'
import {
  groupErrors,
  moreSeeds,
  seedGroupOf,
  type ComparedGroups,
  type SeedGroup,
} from '../../jobs/statistics/seedGroups.ts'
import { deleteSlice, saveSlice, selectionOf } from '../../jobs/statistics/savedSlices.ts'
import type { SlicesInput, SlicesResult } from '../../jobs/statistics/slices.ts'
import {
  suspectSources,
  trainedBefore,
  type Suspects,
  type SuspectsInput,
  type SuspectSource,
  type TrainedBefore,
} from '../../jobs/statistics/suspects.ts'
import type { JobContext } from '../../jobs/context/context.ts'
import type { TrainInput } from '../../jobs/training/prepare.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown, type Shown } from '../../messages/shown.ts'
import { reportHtml } from '../../queries/report/report.ts'
import type { Id, Run } from '../../registry/types.ts'
import type { Helper } from '../helper/helper.ts'

/** Images of an evaluation that a person has in view. */
export interface Selection {
  readonly evaluation: Id
  readonly label?: number | undefined
  readonly predicted?: number | undefined
  readonly correct?: boolean | undefined
}

export interface NewSlice {
  readonly dataset: Id
  readonly name: string
  readonly of: { readonly definition: SliceDefinition } | { readonly selection: Selection }
}

/** All throw StudioError `not-found`. */
export interface Statistics {
  of(evaluation: Id): Promise<EvaluationStatistics>
  curves(evaluation: Id, labels: readonly number[]): Promise<readonly ClassCurvePoints[]>
  /** The first against each other one, and their settings over seeds where there are several. */
  differences(
    evaluations: readonly Id[],
  ): Promise<Shown<DifferencesOrReason> & { readonly seeds: ComparedGroups | null }>
  slices(input: SlicesInput): Promise<Shown<SlicesResult>>
  /** Images of a run or an evaluation whose label looks wrong. @throws StudioError `no-dynamics`, `no-probabilities` */
  suspects(input: SuspectsInput): Promise<Suspects>
  /** What suspects among a data set's images can be found by. */
  suspectSources(dataset: Id): {
    readonly sources: readonly SuspectSource[]
    readonly before: TrainedBefore | null
  }
  save(slice: NewSlice): SavedSlice
  forget(dataset: Id, name: string): void
  seeds(run: Id): SeedGroup
  /** What trains the runs that a setting lacks to have `count` seeds. */
  missingSeeds(run: Id, count: number): readonly TrainInput[]
  /** One HTML file. @throws StudioError `report-too-large` */
  report(runs: readonly Id[], metric: Metric): Promise<string>
}

/** @param helper computes, in a process of its own */
export function openStatistics({
  context,
  texts,
  helper,
  isDeleted,
}: {
  readonly context: JobContext
  readonly texts: Catalog
  readonly helper: Helper
  /** Runs that can still be restored, and count no more. */
  readonly isDeleted: (run: Id) => boolean
}): Statistics {
  const { registry: whole } = context
  const list = (): readonly Run[] => whole.runs.list().filter(({ id }) => !isDeleted(id))
  const registry = { ...whole, runs: { ...whole.runs, list } }
  return {
    of: (evaluation) => helper.run('statistics', { evaluation }),
    curves: (evaluation, labels) => helper.run('classCurves', { evaluation, labels }),
    differences: async (evaluations) => ({
      ...shown(await differencesOrReason(helper.run('differences', { evaluations })), texts),
      seeds: groupErrors(registry, evaluations),
    }),
    slices: async (input) => shown(await helper.run('slices', input), texts),
    suspects: (input) => helper.run('suspects', input),
    suspectSources(reference) {
      const { id } = registry.datasets.get(reference)
      return { sources: suspectSources({ registry }, id), before: trainedBefore({ registry }, id) }
    },
    save({ dataset, name, of }) {
      const definition =
        'definition' in of ? of.definition : selectionOf(context, of.selection.evaluation, of.selection)
      return saveSlice(context, { dataset, name, definition })
    },
    forget: (dataset, name) => deleteSlice(context, { dataset, name }),
    seeds: (run) => seedGroupOf(registry, run),
    report: (runs, metric) =>
      reportHtml(
        {
          context,
          statistics: (evaluation) => helper.run('statistics', { evaluation }),
          differences: (evaluations) => helper.run('differences', { evaluations }),
          slices: (input) => helper.run('slices', input),
          health: (dataset) => helper.run('health', { dataset }),
          texts,
          picture: (path) => helper.run('thumbnail', { path, side: 128, lenient: false, cachePath: null }),
        },
        runs,
        metric,
      ),
    missingSeeds: (run, count) => moreSeeds(registry, run, count),
  }
}
