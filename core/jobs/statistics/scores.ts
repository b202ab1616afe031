import { StudioError } from '../../base/errors.ts'
import { readRows } from '../../evaluation/storedProbabilities.ts'
import { clustersOf, type Clusters } from '../../evaluation/statistics/resampling.ts'
import { scoresOf, type Scores } from '../../evaluation/statistics/scores.ts'
import type { HomeContext } from '../context/home.ts'
import { probabilitiesPath } from '../evaluation/evaluationFiles.ts'
import { datasetReport } from '../tasks/health.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'

/**
 * The class probabilities of an evaluation.
 * @throws StudioError `not-found`, also where an earlier version made it, which kept none
 */
export function scoresOfEvaluation({ home, registry }: HomeContext, row: EvaluationRow): Scores {
  const labels = new Map(registry.evaluations.predictions(row.id).map(({ item, label }) => [item, label]))
  const rows = [...readRows(probabilitiesPath(home, row.run, row.id))].filter(({ item }) => labels.has(item))
  if (rows.length === 0) throw new StudioError('no-probabilities', { evaluation: row.id })
  return scoresOf(rows, row.result.classes.length, (item) => labels.get(item)!)
}

/** Near-duplicates among images of a data set, by its health report; each other image alone. */
export async function clustersAmong(
  context: HomeContext,
  dataset: Id | null,
  positions: ArrayLike<number>,
): Promise<Clusters> {
  return clustersOf(dataset === null ? [] : await duplicateGroups(context, dataset), positions)
}

/** Disjoint groups of near-duplicates in a data set, by its health report: positions. */
export async function duplicateGroups(context: HomeContext, dataset: Id): Promise<Clusters> {
  const { duplicates } = await datasetReport(context, { dataset })
  const near = duplicates.filter(({ kind }) => kind === 'near').map((group) => group.positions)
  const inNear = new Set(near.flat())
  const exact = duplicates.filter(({ kind, positions: [first] }) => kind === 'exact' && !inNear.has(first!))
  return [...near, ...exact.map((group) => group.positions)]
}
