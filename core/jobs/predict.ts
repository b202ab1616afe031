import type { Engine, ExecutionOptions } from '../engine/types.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import { predict } from '../evaluation/predict.ts'
import type { PredictionResult } from '../evaluation/types.ts'
import type { Id } from '../registry/types.ts'
import { modelOf, openCheckpoint, type ChosenCheckpoint } from './context/checkpoints.ts'
import type { JobContext } from './context/context.ts'
import { requireTemperature } from './statistics/temperatures.ts'
import { selectForModel, type ExecutionInput } from './training/selectExecution.ts'

export interface PredictInput extends ExecutionInput {
  readonly run: string
  /** Files, absolute or relative to the working directory. */
  readonly images: readonly string[]
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Whether to use the run's temperature; default: as the network says. */
  readonly calibrated?: boolean | undefined
}

export interface PredictResult extends PredictionResult {
  readonly run: Id
  readonly checkpoint: string
  /** Temperature that the probabilities were calibrated with; absent where they are as the network says. */
  readonly temperature?: number
}

/** The five most probable classes of each image; those that can't be read are listed with the reason. */
export async function predictImages(context: JobContext, input: PredictInput): Promise<PredictResult> {
  const run = context.registry.runs.get(input.run)
  const chosen = await openCheckpoint(context, run, input.checkpoint)
  const selected = await selectForModel(context, input, chosen.checkpoint)
  return predictWith(context, {
    run: run.id,
    images: input.images,
    calibrated: input.calibrated,
    ...chosen,
    ...selected,
  })
}

interface Prediction extends Pick<ChosenCheckpoint, 'kind' | 'checkpoint'> {
  readonly run: Id
  readonly images: readonly string[]
  readonly calibrated: boolean | undefined
  readonly engine: Engine
  readonly execution: ExecutionOptions
}

/** The same with a checkpoint that is open. */
export async function predictWith(
  context: JobContext,
  { run, images, calibrated, kind, checkpoint, ...selected }: Prediction,
): Promise<PredictResult> {
  const { emit, signal } = context
  const protocol = parseProtocol({}, checkpoint.recipe.data)
  const temperature = calibrated ? requireTemperature(context, run, kind, protocol) : undefined
  const result = await predict({
    ...modelOf(checkpoint),
    files: images,
    protocol,
    temperature,
    engine: selected.engine,
    execution: selected.execution,
    onProgress: (progress) => emit({ event: 'progress', phase: 'predict', ...progress }),
    signal,
  })
  return { run, checkpoint: kind, ...(temperature !== undefined && { temperature }), ...result }
}
