import { StudioError } from '../base/errors.ts'
import { describeProtocol, parseProtocol } from '../evaluation/protocol.ts'
import type { Registry } from '../registry/registry.ts'
import type { EvaluationRow, Id, Run } from '../registry/types.ts'
import { parseRecipe } from '../training/recipe.ts'
import { defaultCheckpoint } from './context/checkpoints.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { orderEvaluation, workEvaluation, type EvaluationOrder } from './evaluate.ts'
import type { ExecutionInput } from './training/selectExecution.ts'
import {
  fitTemperatureOf,
  fittable,
  sourceOf,
  type FittableEvaluation,
  type RunTemperature,
} from './statistics/temperatures.ts'

export interface CalibrateInput extends ExecutionInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** An evaluation of the run, for whose checkpoint and protocol it is; default: those of prediction and export. */
  readonly like?: Id | undefined
}

/** What a calibration needs: an evaluation of the validation images that is there, or the order of one. */
export type CalibrationOrder = FittableEvaluation | EvaluationOrder

/**
 * Fits a run's temperature on its validation images, which are evaluated first where they have not been, and keeps it
 * with the run.
 * @throws StudioError `temperature-without-optimum`, `no-checkpoint`, and those of evaluateRun
 */
export const calibrateRun = async (context: JobContext, input: CalibrateInput): Promise<RunTemperature> =>
  workCalibration(context, orderCalibration(context, input))

/** @throws StudioError `not-of-run`, and those of orderEvaluation */
export function orderCalibration(context: HomeContext, input: CalibrateInput): CalibrationOrder {
  const { registry } = context
  const run = registry.runs.get(input.run)
  const like = input.like === undefined ? null : likeOf(registry, run, input.like)
  const kind = like?.checkpoint ?? input.checkpoint ?? defaultCheckpoint(context, run.id)
  const protocol = like?.result.protocol ?? parseProtocol({}, parseRecipe(run.recipe).data)
  const evaluation = knownEvaluation(registry, run, kind, describeProtocol(protocol))
  if (evaluation !== null) return fittable(registry, evaluation)
  const { engine, device, precision } = input
  const { views, scales, flips } = protocol
  const asked = { run: run.id, split: 'validation' as const, checkpoint: kind, views, scales, flips }
  return orderEvaluation(context, { ...asked, engine, device, precision })
}

/** @throws StudioError `temperature-without-optimum`, and those of workEvaluation */
export async function workCalibration(
  context: WorkContext,
  order: CalibrationOrder,
): Promise<RunTemperature> {
  if ('row' in order) return fitTemperatureOf(context, order)
  const {
    evaluation: id,
    run,
    checkpoint,
    dataset: _,
    split: __,
    ...result
  } = await workEvaluation(context, order)
  const { images, positions } = order.images
  const labels = images.map(({ label }, index) => ({ item: positions[index]!, label }))
  return fitTemperatureOf(context, { row: { id, run, checkpoint, result }, labels })
}

function likeOf({ evaluations }: Registry, run: Run, id: Id): EvaluationRow {
  const row = evaluations.get(id)
  if (row.run === run.id) return row
  throw new StudioError('not-of-run', { run: run.id, evaluation: id })
}

/** Newest evaluation of the validation images by the checkpoint as it is now; null where there is none. */
function knownEvaluation(
  { checkpoints, evaluations }: Registry,
  run: Run,
  kind: string,
  protocolText: string,
): Id | null {
  const now = checkpoints.list(run.id).find((one) => one.kind === kind)
  const found = evaluations.list(run.id).findLast((row) => {
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
