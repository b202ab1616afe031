import { StudioError } from '../base/errors.ts'
import { meanRows } from '../evaluation/ensemble.ts'
import { readRows } from '../evaluation/storedProbabilities.ts'
import { openReport } from '../evaluation/report.ts'
import type { EnsembleResult } from '../evaluation/types.ts'
import type { EvaluationRow, Id } from '../registry/types.ts'
import type { HomeContext } from './context/home.ts'
import { probabilitiesPath } from './evaluation/evaluationFiles.ts'

export interface EnsembleInput {
  /** Evaluations. */
  readonly members: readonly Id[]
}

export interface EnsembleOutcome extends EnsembleResult {
  readonly ensemble: Id
  /** Evaluations. */
  readonly members: readonly Id[]
}

/**
 * The mean of the class probabilities of evaluations, each by its own protocol; recorded with its members.
 * @throws StudioError `other-images` where they are not of the same images, `not-found` where an evaluation has no
 * probabilities (those of version 0.1.0)
 */
export function combineEvaluations({ home, registry }: HomeContext, members: readonly Id[]): EnsembleOutcome {
  const rows = members.map((id) => registry.evaluations.get(id))
  const [first] = rows as [EvaluationRow]
  for (const row of rows) checkSame(first, row)
  const dataset = first.dataset!
  const manifest = registry.datasets.manifest(dataset)
  const report = openReport({
    items: manifest.images,
    classes: manifest.classes,
    protocol: first.result.protocol,
  })
  for (const row of meanRows(rows.map(({ run, id }) => readRows(probabilitiesPath(home, run, id)))))
    report.add(row)
  const { protocol: _, failures: __, predictions: ___, ...numbers } = report.evaluation([])
  const protocolText = rows.map(({ run, result }) => `${run}: ${result.protocolText}`).join('; ')
  const result = { ...numbers, protocolText }
  const ensemble = registry.ensembles.add({ members, dataset, split: first.split, result })
  return { ensemble, members, ...result }
}

function checkSame(first: EvaluationRow, other: EvaluationRow): void {
  const hashes = [first, other].map(({ result }) => result.source?.splitHash)
  if (hashes[0] === undefined || hashes[1] === undefined) {
    const old = hashes[0] === undefined ? first : other
    throw new StudioError('not-found', { what: 'probabilities-of-evaluation', evaluation: old.id })
  }
  if (hashes[0] === hashes[1] && first.dataset !== null && first.dataset === other.dataset) return
  throw new StudioError('other-images', { what: 'several' })
}
