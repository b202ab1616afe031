import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { noiseBatch } from '../../engine/noise.ts'
import type { Engine, ExecutionOptions } from '../../engine/types.ts'
import { thumbnail } from '../../image/encode.ts'
import { identifyBytes } from '../../image/identify.ts'
import type { Size } from '../../image/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { requireTemperature } from '../statistics/temperatures.ts'
import { selectForModel } from '../training/selectExecution.ts'
import { openJoined, type JoinedModel } from '../prediction/joinedModel.ts'
import {
  learnReference,
  orderReference,
  type LearnedReference,
  type ReferenceProgress,
} from '../prediction/reference.ts'
import { predictWith, type PredictInput, type PredictResult } from '../predict.ts'

/** Milliseconds after which others may have their turn. */
const learning = 1000

interface Opened {
  readonly key: string
  readonly kind: string
  readonly checkpoint: Checkpoint
  readonly engine: Engine
  readonly execution: ExecutionOptions
  readonly model: JoinedModel
  /** Once the features of all images are there that others are held against. */
  readonly learned: LearnedReference | null
}

/** The network that images are tried with. */
export type PredictorChoice = Omit<PredictInput, 'images'>

/** Images that are done of all that others are held against. */
export type LearningProgress = Omit<ReferenceProgress, 'learned'>

export interface KeptPredictor {
  /** Opens the network, so that the first answer need not wait for it. */
  open(choice: PredictorChoice): Promise<void>
  /**
   * Learns for about a second what predictions need to say how unlike the training images an image is: they say it once
   * all of it is done. Null where the run's data set was deleted.
   */
  learn(choice: PredictorChoice): Promise<LearningProgress | null>
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
    await opened?.model.close()
    opened = undefined
    const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
    const { engine, execution } = await selectForModel(context, input, checkpoint)
    const model = openJoined(engine, checkpoint, execution)
    return (opened = { key, kind, checkpoint, engine, execution, model, learned: null })
  }

  return {
    async open(choice) {
      const { checkpoint, model } = await open(choice)
      const predictor = await model.features()
      await predictor.logits(noiseBatch(modelOf(checkpoint).network, 1).images)
    },
    async learn(choice) {
      const one = await open(choice)
      const order = orderReference(context.registry, context.registry.runs.get(choice.run))
      if (order === null) return null
      const until = performance.now() + learning
      const { home, signal } = context
      const isEnough = (): boolean => performance.now() > until
      const { learned, ...progress } = await learnReference({ ...one, home, order, signal }, isEnough)
      if (learned) opened = { ...one, learned }
      return progress
    },
    async predict(input) {
      const one = await open(input)
      const run = context.registry.runs.get(input.run)
      const { images, calibrated } = input
      const temperature = calibrated ? requireTemperature(context, run, one.kind) : undefined
      return predictWith(context, { run: run.id, images, temperature, ...one })
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
