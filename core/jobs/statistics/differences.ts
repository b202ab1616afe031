import { StudioError, type ErrorFact } from '../../base/errors.ts'
import { decide, differenceOf, type ComparedDifference } from '../../evaluation/statistics/difference.ts'
import { defaultResampling } from '../../evaluation/statistics/resampling.ts'
import { isShared, shareable } from '../../evaluation/sharedProtocol.ts'
import type { DifferenceFact } from '../../messages/catalog.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import type { HomeContext } from '../context/home.ts'
import { clustersAmong } from './scores.ts'

/** How a second evaluation differs from the first one, on the images that both have. */
export interface EvaluationDifference extends ComparedDifference {
  readonly first: ComparedEvaluationName
  readonly second: ComparedEvaluationName
  /** What it means, and what that rests on. */
  readonly sentence: DifferenceFact
  readonly basis: DifferenceFact
}

export interface ComparedEvaluationName {
  readonly evaluation: Id
  readonly run: Id
  readonly name: string
  readonly protocolText: string
}

export interface DifferencesInput {
  /** The first is what the others are held against. */
  readonly evaluations: readonly Id[]
  /** Seed of the bootstrap; default 0. */
  readonly seed?: number | undefined
}

/**
 * Each of the evaluations against the first, with p-values adjusted for their number.
 * @throws StudioError `not-found`, `other-images`, `no-common-images`; `other-protocols` where what differs is not the
 * networks alone
 */
export async function evaluationDifferences(
  context: HomeContext,
  { evaluations, seed = 0 }: DifferencesInput,
): Promise<readonly EvaluationDifference[]> {
  const { registry } = context
  const rows = evaluations.map((id) => registry.evaluations.get(id))
  const [first, ...others] = rows
  for (const other of others) checkSameImages(first!, other)
  checkSharedProtocol(rows)
  const found = []
  for (const other of others) {
    const { positions, ...right } = answers(context, first!.id, other.id)
    const clusters = await clustersAmong(context, first!.dataset, positions)
    found.push(differenceOf({ ...right, clusters }, { ...defaultResampling(clusters.length), seed }))
  }
  const nameOf = ({ id, run, result }: EvaluationRow): ComparedEvaluationName => ({
    evaluation: id,
    run,
    name: registry.runs.get(run).name,
    protocolText: result.protocolText,
  })
  return decide(found).map((difference, index) => {
    const [one, other] = [nameOf(first!), nameOf(others[index]!)]
    const names =
      one.run === other.run
        ? ([one.evaluation, other.evaluation] as const)
        : ([one.name, other.name] as const)
    const values = { ...difference, names }
    return {
      first: one,
      second: other,
      sentence: { code: 'difference-sentence', values },
      basis: { code: 'difference-basis', values },
      ...difference,
    }
  })
}

/** Answers to the images that both have. */
function answers({ registry }: HomeContext, first: Id, second: Id) {
  const one = registry.evaluations.predictions(first)
  const other = new Map(registry.evaluations.predictions(second).map((entry) => [entry.item, entry]))
  const common = one.filter(({ item }) => other.has(item))
  const isRight = ({ label, top }: (typeof one)[number]): boolean => top[0]!.label === label
  return {
    positions: common.map(({ item }) => item),
    first: common.map(isRight),
    second: common.map(({ item }) => isRight(other.get(item)!)),
  }
}

/** @throws StudioError `other-images` */
export function checkSameImages(first: EvaluationRow, other: EvaluationRow): void {
  const same =
    first.dataset !== null &&
    first.dataset === other.dataset &&
    first.split === other.split &&
    first.result.changedFiles?.digest === other.result.changedFiles?.digest
  if (same) return
  throw new StudioError('other-images', { what: 'two' })
}

/** @throws StudioError `other-protocols`, which says how to get a common one */
export function checkSharedProtocol(rows: readonly EvaluationRow[]): void {
  const protocols = rows.map(({ result }) => result.protocol)
  if (isShared(protocols)) return
  const common = protocols[shareable(protocols)]!
  const others = rows.filter(({ result }) => !isShared([common, result.protocol])).map(({ run }) => run)
  const { views, scales, flips } = common
  throw new StudioError('other-protocols', {
    protocols: rows.map(({ result }) => result.protocolText),
    others: [...new Set(others)],
    views,
    scales,
    flips,
  })
}

/** Differences, or why there are none: evaluations by different protocols tell of the protocols too. */
export interface DifferencesOrReason {
  readonly differences: readonly EvaluationDifference[]
  readonly notCompared: ErrorFact | null
}

export async function differencesOrReason(
  asked: Promise<readonly EvaluationDifference[]>,
): Promise<DifferencesOrReason> {
  try {
    return { differences: await asked, notCompared: null }
  } catch (error) {
    if (!(error instanceof StudioError) || error.code !== 'other-protocols') throw error
    return { differences: [], notCompared: error.fact }
  }
}
