import { release } from '../../base/tensor.ts'
import type { Engine, ExecutionOptions, Predictor } from '../../engine/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { selectForModel } from '../training/selectExecution.ts'
import { predictWith, type PredictInput, type PredictResult } from '../predict.ts'

interface Opened {
  readonly key: string
  readonly kind: string
  readonly checkpoint: Checkpoint
  readonly engine: Engine
  readonly execution: ExecutionOptions
  close(): Promise<void>
}

/** Predicts for a person who tries one image after the other: the last network stays open. Calls do not overlap. */
export function openPredictor(context: JobContext): (input: PredictInput) => Promise<PredictResult> {
  let opened: Opened | undefined

  async function open(input: PredictInput): Promise<Opened> {
    const run = context.registry.runs.get(input.run)
    // A run that trains meanwhile saves new ones: their rows change.
    const rows = context.registry.checkpoints.list(run.id)
    const key = JSON.stringify([run.id, input.checkpoint, input.engine, input.device, input.precision, rows])
    if (opened?.key === key) return opened
    await opened?.close()
    opened = undefined
    const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
    const { engine, execution } = await selectForModel(context, input, checkpoint)
    return (opened = { key, kind, checkpoint, execution, ...keptOpen(engine, checkpoint) })
  }

  return async (input) => {
    const { checkpoint, engine, execution, kind } = await open(input)
    const run = context.registry.runs.get(input.run).id
    const { images, calibrated } = input
    return predictWith(context, { run, images, calibrated, kind, checkpoint, engine, execution })
  }
}

/**
 * The engine with its first predictor kept: center views of one checkpoint always ask for the same. The predictor has the
 * weights; the checkpoint's are given back once it is open.
 */
function keptOpen(engine: Engine, { state }: Checkpoint): { engine: Engine; close(): Promise<void> } {
  let kept: Promise<Predictor> | undefined
  return {
    engine: {
      ...engine,
      predictor: async (...options) => {
        if (!kept) {
          kept = engine.predictor(...options)
          kept.then(
            () => release(state.weights),
            () => (kept = undefined),
          )
        }
        const { logits } = await kept
        return { logits, dispose: () => Promise.resolve() }
      },
    },
    close: async () => (await kept)?.dispose(),
  }
}
