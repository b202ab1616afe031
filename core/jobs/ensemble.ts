import { StudioError } from '../base/errors.ts'
import { meanRows } from '../evaluation/ensemble.ts'
import { readRows } from '../evaluation/storedProbabilities.ts'
import { openReport } from '../evaluation/report.ts'
import type { EnsembleResult } from '../evaluation/types.ts'
import type { EvaluationRow, Id } from '../registry/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { splitImages, type SplitImages } from './dataset/splitImages.ts'
import { probabilitiesPath } from './evaluation/evaluationFiles.ts'

export interface EnsembleInput {
  /** Evaluations. */
  readonly members: readonly Id[]
}

export interface RecordedEnsemble extends EnsembleResult {
  readonly ensemble: Id
  /** Evaluations. */
  readonly members: readonly Id[]
}

/** The parts of an evaluation that its mean with others is made of. */
export type Member = Pick<EvaluationRow, 'id' | 'run' | 'dataset' | 'split' | 'result'>

/** What an ensemble needs besides the files of probabilities. */
export interface EnsembleOrder {
  readonly members: readonly Member[]
  readonly images: SplitImages
}

/**
 * The mean of the class probabilities of evaluations, each by its own protocol; recorded with its members.
 * @throws StudioError `other-images` where they are not of the same images, `not-found` where an evaluation has no
 * probabilities (those of version 0.1.0)
 */
export const combineEvaluations = async (
  context: JobContext,
  members: readonly Id[],
): Promise<RecordedEnsemble> => workEnsemble(context, orderEnsemble(context, { members }))

/** @throws StudioError `other-images`, `not-found` */
export function orderEnsemble({ registry }: HomeContext, { members }: EnsembleInput): EnsembleOrder {
  const rows = members.map((id) => registry.evaluations.get(id))
  const [first] = rows as [EvaluationRow]
  checkMembers(rows)
  return { members: rows, images: splitImages(registry)(first.dataset!, first.split) }
}

export async function workEnsemble(
  { home, record }: WorkContext,
  { members: rows, images: { classes, images, positions } }: EnsembleOrder,
): Promise<RecordedEnsemble> {
  checkMembers(rows)
  const [first] = rows as [Member]
  const items: { readonly label: number }[] = []
  for (const [index, image] of images.entries()) items[positions[index]!] = image
  const report = openReport({ items, classes, protocol: first.result.protocol })
  for (const row of meanRows(rows.map(({ run, id }) => readRows(probabilitiesPath(home, run, id)))))
    report.add(row)
  const { protocol: _, failures: __, predictions: ___, ...numbers } = report.evaluation([])
  const protocolText = rows.map(({ run, result }) => `${run}: ${result.protocolText}`).join('; ')
  const result = { ...numbers, protocolText }
  const members = rows.map(({ id }) => id)
  const ensemble = await record('ensemble', { members, dataset: first.dataset!, split: first.split, result })
  return { ensemble, members, ...result }
}

function checkMembers(rows: readonly Member[]): void {
  for (const row of rows) checkSame(rows[0]!, row)
}

function checkSame(first: Member, other: Member): void {
  const hashes = [first, other].map(({ result }) => result.source?.splitHash)
  if (hashes[0] === undefined || hashes[1] === undefined) {
    const old = hashes[0] === undefined ? first : other
    throw new StudioError('not-found', { what: 'probabilities-of-evaluation', evaluation: old.id })
  }
  if (hashes[0] === hashes[1] && first.dataset !== null && first.dataset === other.dataset) return
  throw new StudioError('other-images', { what: 'several' })
}
