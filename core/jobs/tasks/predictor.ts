import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { release } from '../../base/tensor.ts'
import { noiseBatch } from '../../engine/noise.ts'
import type { Engine, ExecutionOptions, Predictor } from '../../engine/types.ts'
import { openForm } from '../../evaluation/model.ts'
import { thumbnail } from '../../image/encode.ts'
import { identifyBytes } from '../../image/identify.ts'
import type { Size } from '../../image/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { requireTemperature } from '../statistics/temperatures.ts'
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

/** The network that images are tried with. */
export type PredictorChoice = Omit<PredictInput, 'images'>

export interface KeptPredictor {
  /** Opens the network, so that the first answer need not wait for it. */
  open(choice: PredictorChoice): Promise<void>
  predict(input: PredictInput): Promise<PredictResult>
}

/** Predicts for a person who tries one image after the other: the last network stays open. Calls do not overlap. */
export function openPredictor(context: JobContext): KeptPredictor {
  let opened: Opened | undefined

  async function open(input: PredictorChoice): Promise<Opened> {
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

  return {
    async open(choice) {
      const { checkpoint, engine, execution } = await open(choice)
      const model = modelOf(checkpoint)
      const predictor = await openForm({ ...model, engine, execution }, 'plain')
      await predictor.logits(noiseBatch(model.network, 1).images)
    },
    async predict(input) {
      const { checkpoint, engine, execution, kind } = await open(input)
      const run = context.registry.runs.get(input.run)
      const { images, calibrated } = input
      const temperature = calibrated ? requireTemperature(context, run, kind) : undefined
      return predictWith(context, { run: run.id, images, temperature, kind, checkpoint, engine, execution })
    },
  }
}

/** An image file for a person who tries it. */
export interface TriedImage extends Size {
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string
  /** A WebP file: upright, over white where it is transparent, as networks see it; its longer side at most 512. */
  readonly picture: Uint8Array
}

/** @throws StudioError with a code of `ImageProblem` */
export async function triedImage(path: string): Promise<TriedImage> {
  const bytes = await readFile(path)
  const { width, height } = await identifyBytes(bytes)
  return { width, height, hash: hash('sha256', bytes, 'hex'), picture: await thumbnail(path, 512) }
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
