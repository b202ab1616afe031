import { StudioError } from '../base/errors.ts'
import { describeProtocol, parseProtocol } from '../evaluation/protocol.ts'
import type { EvaluationRow, Id, Run } from '../registry/types.ts'
import { parseRecipe } from '../training/recipe.ts'
import { defaultCheckpoint } from './context/checkpoints.ts'
import type { JobContext } from './context/context.ts'
import { evaluateRun } from './evaluate.ts'
import type { ExecutionInput } from './training/selectExecution.ts'
import { fitRunTemperature, sourceOf, type RunTemperature } from './statistics/temperatures.ts'

export interface CalibrateInput extends ExecutionInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** An evaluation of the run, for whose checkpoint and protocol it is; default: those of prediction and export. */
  readonly like?: Id | undefined
}

/**
 * Fits a run's temperature on its validation images, which are evaluated first where they have not been, and keeps it
 * with the run.
 * @throws StudioError `temperature-without-optimum`, `no-checkpoint`, and those of evaluateRun
 */
export async function calibrateRun(context: JobContext, input: CalibrateInput): Promise<RunTemperature> {
  const run = context.registry.runs.get(input.run)
  const like = input.like === undefined ? null : likeOf(context, run, input.like)
  const kind = like?.checkpoint ?? input.checkpoint ?? defaultCheckpoint(context, run.id)
  const protocol = like?.result.protocol ?? parseProtocol({}, parseRecipe(run.recipe).data)
  const evaluation = knownEvaluation(context, run, kind, describeProtocol(protocol))
  if (evaluation !== null) return fitRunTemperature(context, { evaluation })
  const { engine, device, precision } = input
  const { views, scales, flips } = protocol
  const asked = { run: run.id, split: 'validation' as const, checkpoint: kind, views, scales, flips }
  const result = await evaluateRun(context, { ...asked, engine, device, precision })
  return fitRunTemperature(context, { evaluation: result.evaluation })
}

function likeOf({ registry }: JobContext, run: Run, id: Id): EvaluationRow {
  const row = registry.evaluations.get(id)
  if (row.run === run.id) return row
  throw new StudioError('not-of-run', { run: run.id, evaluation: id })
}

/** Newest evaluation of the validation images by the checkpoint as it is now; null where there is none. */
function knownEvaluation({ registry }: JobContext, run: Run, kind: string, protocolText: string): Id | null {
  const now = registry.checkpoints.list(run.id).find((one) => one.kind === kind)
  const found = registry.evaluations.list(run.id).findLast((row) => {
    const source = sourceOf(row)
    return (
      row.split === 'validation' &&
      row.dataset === run.dataset &&
      row.checkpoint === kind &&
      source?.step === now?.step &&
      source?.protocolText === protocolText &&
      row.result.changedFiles === undefined
    )
  })
  return found?.id ?? null
}
