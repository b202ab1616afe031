import type { Engine, ExecutionOptions } from '../engine/types.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import { predict } from '../evaluation/predict.ts'
import type { PredictionResult } from '../evaluation/types.ts'
import type { Id } from '../registry/types.ts'
import {
  chooseCheckpoint,
  modelOf,
  readCheckpoint,
  type CheckpointReference,
  type ChosenCheckpoint,
} from './context/checkpoints.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
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

/** What a prediction needs besides the files of checkpoint and images. */
export interface PredictionOrder extends Pick<PredictInput, 'images' | 'engine' | 'device' | 'precision'> {
  readonly checkpoint: CheckpointReference
  readonly temperature: number | undefined
}

/** The five most probable classes of each image; those that can't be read are listed with the reason. */
export const predictImages = async (context: JobContext, input: PredictInput): Promise<PredictResult> =>
  workPrediction(context, orderPrediction(context, input))

/** @throws StudioError `not-found`, `no-checkpoint`, `no-temperature` */
export function orderPrediction(context: HomeContext, input: PredictInput): PredictionOrder {
  const { images, engine, device, precision } = input
  const run = context.registry.runs.get(input.run)
  const checkpoint = chooseCheckpoint(context, run, input.checkpoint)
  const temperature = input.calibrated ? requireTemperature(context, run, checkpoint.kind) : undefined
  return { images, engine, device, precision, checkpoint, temperature }
}

/** @throws StudioError of readCheckpoint and selectForModel; `canceled` */
export async function workPrediction(context: WorkContext, order: PredictionOrder): Promise<PredictResult> {
  const chosen = await readCheckpoint(context.home, order.checkpoint)
  const selected = await selectForModel(context, order, chosen.checkpoint)
  const { images, temperature } = order
  return predictWith(context, { run: order.checkpoint.run.id, images, temperature, ...chosen, ...selected })
}

interface Prediction extends Pick<ChosenCheckpoint, 'kind' | 'checkpoint'> {
  readonly run: Id
  readonly images: readonly string[]
  readonly temperature: number | undefined
  readonly engine: Engine
  readonly execution: ExecutionOptions
}

/** The same with a checkpoint that is open. */
export async function predictWith(
  { emit, signal }: WorkContext,
  { run, images, temperature, kind, checkpoint, ...selected }: Prediction,
): Promise<PredictResult> {
  const protocol = parseProtocol({}, checkpoint.recipe.data)
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
