import { parseProtocol } from '../evaluation/protocol.ts'
import { predict } from '../evaluation/predict.ts'
import type { PredictionResult } from '../evaluation/types.ts'
import type { Id } from '../registry/types.ts'
import { openCheckpoint } from './checkpoints.ts'
import type { JobContext } from './context.ts'
import { chooseExecution, type ExecutionInput } from './execution.ts'

export interface PredictInput extends ExecutionInput {
  readonly run: string
  /** Files, absolute or relative to the working directory. */
  readonly images: readonly string[]
  /** Default: best. */
  readonly checkpoint?: string | undefined
}

export interface PredictResult extends PredictionResult {
  readonly run: Id
  readonly checkpoint: string
}

/** The five most probable classes of each image; those that can't be read are listed with the reason. */
export async function predictImages(context: JobContext, input: PredictInput): Promise<PredictResult> {
  const run = context.registry.runs.get(input.run)
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const result = await predict({
    network: checkpoint.network,
    weights: checkpoint.state.weights,
    normalization: checkpoint.normalization,
    classes: checkpoint.classes,
    files: input.images,
    protocol: parseProtocol({}, checkpoint.recipe.data),
    ...(await chooseExecution(input, checkpoint.recipe)),
    onProgress: (progress) => context.emit({ event: 'progress', phase: 'predict', ...progress }),
    signal: context.signal,
  })
  return { run: run.id, checkpoint: kind, ...result }
}
