import { executionOf } from '../engine/execution.ts'
import type { Item } from '../pipeline/types.ts'
import { modelPosteriors, type Model } from './model.ts'
import { nothing, report } from './report.ts'
import type { Evaluation } from './types.ts'

export interface EvaluationInput extends Model {
  readonly items: readonly Item[]
}

/**
 * Evaluates a network on labelled images, as the protocol says.
 * @throws StudioError `invalid-protocol`, `nothing-to-evaluate`, `not-finite`, `canceled`
 */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  if (input.items.length === 0) throw nothing('There are no images to evaluate.')
  const posteriors = await modelPosteriors(input, input.items)
  return { ...report(posteriors, input), execution: executionOf(input.engine, input.execution) }
}
