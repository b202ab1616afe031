import type { Engine, ExecutionOptions } from '../engine/types.ts'
import { throwIfAborted } from '../base/errors.ts'
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
import { openJoined, type JoinedModel } from './prediction/joinedModel.ts'
import {
  learnReference,
  orderReference,
  unlikenesses,
  type ImageUnlikeness,
  type LearnedReference,
  type ReferenceOrder,
} from './prediction/reference.ts'
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
  /** Whether to say how unlike the training images each is, which has to look at up to 1,500 of them once; default: no. */
  readonly unlike?: boolean | undefined
}

export interface PredictResult extends Omit<PredictionResult, 'predictions'> {
  /** In the files' order, failures left out. */
  readonly predictions: readonly (PredictionResult['predictions'][number] & {
    /** Absent where nothing is known to hold it against. */
    readonly unlike?: ImageUnlikeness
  })[]
  readonly run: Id
  readonly checkpoint: string
  /** Temperature that the probabilities were calibrated with; absent where they are as the network says. */
  readonly temperature?: number
}

/** What a prediction needs besides the files of checkpoint and images. */
export interface PredictionOrder extends Pick<PredictInput, 'images' | 'engine' | 'device' | 'precision'> {
  readonly checkpoint: CheckpointReference
  readonly temperature: number | undefined
  /** Null where it is not asked for, and where the run's data set was deleted. */
  readonly reference: ReferenceOrder | null
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
  const reference = input.unlike ? orderReference(context.registry, run) : null
  return { images, engine, device, precision, checkpoint, temperature, reference }
}

/** @throws StudioError of readCheckpoint and selectForModel; `canceled` */
export async function workPrediction(context: WorkContext, order: PredictionOrder): Promise<PredictResult> {
  const { kind, checkpoint } = await readCheckpoint(context.home, order.checkpoint)
  const { engine, execution } = await selectForModel(context, order, checkpoint)
  const { home, emit, signal } = context
  const { images, temperature, reference } = order
  const model = openJoined(engine, checkpoint, execution)
  try {
    const input = { home, model, checkpoint, engine, execution, signal }
    const learned =
      reference &&
      (await learnReference({ ...input, order: reference }, (done, total) => {
        emit({ event: 'progress', phase: 'features', done, total, secondsLeft: null })
        return signal.aborted
      }))
    throwIfAborted(signal)
    const prediction = { run: order.checkpoint.run.id, images, temperature, kind, ...input }
    return await predictWith(context, { ...prediction, learned: learned?.learned ?? null })
  } finally {
    await model.close()
  }
}

interface Prediction extends Pick<ChosenCheckpoint, 'kind' | 'checkpoint'> {
  readonly run: Id
  readonly images: readonly string[]
  readonly temperature: number | undefined
  readonly engine: Engine
  readonly execution: ExecutionOptions
  readonly model: JoinedModel
  readonly learned: LearnedReference | null
}

/** The same with a checkpoint that is open. */
export async function predictWith(
  { emit, signal }: WorkContext,
  { run, images, temperature, kind, checkpoint, engine, execution, model, learned }: Prediction,
): Promise<PredictResult> {
  const protocol = parseProtocol({}, checkpoint.recipe.data)
  const result = await predict({
    ...modelOf(checkpoint),
    files: images,
    protocol,
    temperature,
    engine: model.engine,
    execution,
    onProgress: (progress) => emit({ event: 'progress', phase: 'predict', ...progress }),
    signal,
  })
  const predicted = { run, checkpoint: kind, ...(temperature !== undefined && { temperature }), ...result }
  if (!learned) return predicted
  const input = { model, checkpoint, engine, execution, signal }
  const files = result.predictions.map(({ path }) => path)
  const unlike = await unlikenesses(input, learned, files)
  return {
    ...predicted,
    predictions: result.predictions.map((one) => {
      const found = unlike.get(one.path)
      return found ? { ...one, unlike: found } : one
    }),
  }
}
