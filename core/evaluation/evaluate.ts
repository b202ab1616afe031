import { executionOf } from '../engine/execution.ts'
import type { Item } from '../pipeline/types.ts'
import { rowOf } from './metrics.ts'
import { modelProbabilities, type Model } from './model.ts'
import { interleaved } from './order.ts'
import { nothingToEvaluate, openReport } from './report.ts'
import type { Evaluation, Row } from './types.ts'

export interface EvaluationInput extends Model {
  readonly items: readonly Item[]
  /** Rows of an interrupted evaluation: their images are not looked at again. */
  readonly earlier?: Iterable<Row> | undefined
  /** Called when the network is open: from here on it computes. */
  readonly onOpen?: (() => void) | undefined
  /** Called for each further image, in an order that mixes the classes. */
  readonly onRow?: ((row: Row) => void) | undefined
}

/**
 * Evaluates a network on labeled images, as the protocol says.
 * @throws StudioError `invalid-protocol`, `nothing-to-evaluate`, `not-finite`, `canceled`
 */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const { items, earlier = [], onProgress } = input
  if (items.length === 0) throw nothingToEvaluate(false)
  const report = openReport(input)
  const done = new Set<number>()
  for (const row of earlier) {
    report.add(row)
    done.add(row.item)
  }
  const before = done.size * input.protocol.scales.length
  const failures = await modelProbabilities(
    {
      ...input,
      onProgress:
        onProgress &&
        ((one) =>
          onProgress({ ...one, done: one.done + before, total: one.total + before, soFar: report.soFar() })),
    },
    items,
    {
      order: interleaved(items.length).filter((item) => !done.has(item)),
      onOpen: input.onOpen,
      onRow(item, probabilities) {
        const row = rowOf(item, probabilities, items[item]!.label)
        report.add(row)
        input.onRow?.(row)
      },
    },
  )
  return { ...report.evaluation(failures), execution: executionOf(input.engine, input.execution) }
}
