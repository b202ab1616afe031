import { executionOf } from '../../engine/execution.ts'
import { findEngine } from '../../engine/index.ts'
import type { Item } from '../../pipeline/types.ts'
import { agreement } from '../../evaluation/agreement.ts'
import { rowOf } from '../../evaluation/metrics.ts'
import { modelProbabilities, type Model } from '../../evaluation/model.ts'
import { readRows } from '../../evaluation/storedProbabilities.ts'
import type { Agreement, EvaluationSource, Protocol, Row } from '../../evaluation/types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import type { WorkContext } from '../context/context.ts'
import { probabilitiesPath } from './evaluationFiles.ts'

/** What evaluations are compared with: the engine that is always there, in the precision that is deployed. */
const reference = { device: 'cpu', precision: 'fp32' } as const
/** Number of images that are evaluated once more, where the reference has not evaluated them all. */
const sampled = 100

/** What an evaluation that was made before is of. */
export interface EarlierEvaluation extends Pick<
  EvaluationRow['result'],
  'source' | 'execution' | 'protocol'
> {
  readonly id: Id
}

/** A run's evaluations, oldest first, without those of changed files. */
export const earlierEvaluations = ({ evaluations }: Registry, run: Id): readonly EarlierEvaluation[] =>
  evaluations
    .list(run)
    .filter(({ result }) => result.changedFiles === undefined)
    .map(({ id, result: { source, execution, protocol } }) => ({
      id,
      protocol,
      ...(source && { source }),
      ...(execution && { execution }),
    }))

export interface Compared {
  readonly run: Id
  readonly earlier: readonly EarlierEvaluation[]
  readonly source: EvaluationSource
  readonly model: Omit<Model, 'engine' | 'execution' | 'onProgress' | 'signal'>
  readonly items: readonly Item[]
  readonly threads: number | undefined
  /** Rows of the evaluation, by ascending item. */
  readonly rows: () => Iterable<Row>
  /** Rows of another evaluation of the same images, with the items that `rows` has. */
  readonly toItems: (rows: Iterable<Row>) => Iterable<Row>
}

/**
 * What another engine or precision changed: beside an evaluation by the reference with the same protocol where there is
 * one, else beside some images, spread over all, that the reference looks at now.
 */
export async function agreementWithReference(context: WorkContext, compared: Compared): Promise<Agreement> {
  const engine = findEngine('onnxruntime')
  const execution = executionOf(engine, reference)
  const known = knownEvaluation(compared, JSON.stringify(execution))
  const rows = known
    ? compared.toItems(readRows(probabilitiesPath(context.home, compared.run, known)))
    : await sample(context, compared)
  return { reference: execution, ...agreement(compared.rows(), rows) }
}

function knownEvaluation({ earlier, source, model }: Compared, reference: string): Id | undefined {
  const text = (protocol: Protocol): string => JSON.stringify(protocol)
  return earlier.findLast(
    ({ source: own, execution, protocol }) =>
      own?.splitHash === source.splitHash &&
      own.step === source.step &&
      JSON.stringify(execution) === reference &&
      text(protocol) === text(model.protocol),
  )?.id
}

async function sample(
  { signal, emit }: WorkContext,
  { model, items, threads }: Compared,
): Promise<readonly Row[]> {
  const count = Math.min(sampled, items.length)
  const order = Uint32Array.from({ length: count }, (_, index) => Math.floor((index * items.length) / count))
  const rows: Row[] = []
  await modelProbabilities(
    {
      ...model,
      engine: findEngine('onnxruntime'),
      execution: { ...reference, ...(threads !== undefined && { threads }) },
      onProgress: (progress) => emit({ event: 'progress', phase: 'reference', ...progress }),
      signal,
    },
    items,
    {
      order,
      onRow: (item, probabilities) => rows.push(rowOf(item, probabilities, items[item]!.label)),
    },
  )
  return rows
}
