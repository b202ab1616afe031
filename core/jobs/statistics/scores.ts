import { StudioError } from '../../base/errors.ts'
import { readRows } from '../../evaluation/storedProbabilities.ts'
import { clustersOf, type Clusters } from '../../evaluation/statistics/resampling.ts'
import { scoresOf, type Scores } from '../../evaluation/statistics/scores.ts'
import type { ImagePrediction } from '../../evaluation/types.ts'
import type { Home, HomeContext } from '../context/home.ts'
import { probabilitiesPath } from '../evaluation/evaluationFiles.ts'
import { datasetReport } from '../tasks/health.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'

/** The parts of an evaluation that its probabilities are read by. */
export type ProbabilityRow = Pick<EvaluationRow, 'id' | 'run' | 'checkpoint' | 'result'>

/** An image's place in its data set, and its true class. */
export type ImageLabel = Pick<ImagePrediction, 'item' | 'label'>

/** The class probabilities of an evaluation. @throws StudioError as scoresOfRows */
export const scoresOfEvaluation = ({ home, registry }: HomeContext, row: EvaluationRow): Scores =>
  scoresOfRows(home, row, labelsOf(registry.evaluations, row.id))

export const labelsOf = (evaluations: Registry['evaluations'], evaluation: Id): readonly ImageLabel[] =>
  evaluations.predictions(evaluation).map(({ item, label }) => ({ item, label }))

/**
 * The same in a process that has no registry.
 * @throws StudioError `not-found`, also where an earlier version made it, which kept none
 */
export function scoresOfRows(home: Home, row: ProbabilityRow, images: readonly ImageLabel[]): Scores {
  const labels = new Map(images.map(({ item, label }) => [item, label]))
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
