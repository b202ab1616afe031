import type { Fact } from '../messages/types.ts'
import type { WarningFact } from '../messages/catalog.ts'
import type { Measurement } from '../engine/selection/benchmark.ts'
import type { EngineName, Precision, TrainedByName } from '../engine/types.ts'

export interface Validation {
  /** Mean cross-entropy, nats. */
  readonly loss: number
  /** 0–1. */
  readonly top1Error: number
  /** 0–1; null with five classes or fewer. */
  readonly top5Error: number | null
  /** How many images these numbers are of; records of earlier versions do not say. */
  readonly images?: number | undefined
}

/** One finished epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number
  /** Mean over the epoch's images as the training saw them (augmented, with dropout, class weights, smoothing). */
  readonly trainingLoss: number
  /** 0–1, of the same images. */
  readonly trainingError: number
  /** How many images these were; records of earlier versions do not say. */
  readonly images?: number | undefined
  /** Center crops of the validation images after the epoch; null without validation images. */
  readonly validation: Validation | null
  /** Rate of the epoch's last update; 0 where the head was fitted as a whole. */
  readonly learningRate: number
  /** Weight decay that the head was fitted with, where a solver fits it (optimization.solver). */
  readonly weightDecay?: number | undefined
  /** While training; validation, checkpoints and pauses do not count. */
  readonly imagesPerSecond: number
  /** Seconds that the engine waited for images while training. */
  readonly dataWait: number
  /** Training and validation; checkpoints and pauses do not count. */
  readonly seconds: number
}

/** The epoch with the lowest top-1 error (the lower loss among equals). */
export interface Best {
  /** From 1. */
  readonly epoch: number
  readonly top1Error: number
  readonly loss: number
  /** How many images it was chosen on; earlier versions do not say. */
  readonly images?: number | undefined
}

export interface CheckpointFiles {
  readonly last: string
  readonly best: string | null
  /** `epoch-5.safetensors`, … in order. */
  readonly epochs: readonly string[]
}

export interface TrainingResult {
  readonly status: 'completed' | 'stopped'
  /** Completed because nothing got better for optimization.earlyStop.patience epochs. */
  readonly stoppedEarly: boolean
  readonly epochs: readonly EpochRecord[]
  readonly best: Best | null
  /** Validation of the best epoch. */
  readonly validation: Validation | null
  readonly checkpoints: CheckpointFiles
}

/** How far a run is; what a progress bar shows. */
export interface Progress {
  /** The running epoch, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** `features`: before the first epoch, what of the images does not change is computed (see features/). */
  readonly phase: 'features' | 'training' | 'validation'
  /** Images done in this phase of the epoch. */
  readonly imagesDone: number
  readonly images: number
  /** Recent training speed; null before the first images. */
  readonly imagesPerSecond: number | null
  /** Seconds that the engine waited for images in this epoch. */
  readonly dataWait: number
  /** Seconds to the last epoch's end; null while there is too little to judge by. */
  readonly secondsLeft: number | null
}

/** Where a new run computes, and why. Comes before `started`, where there was something to choose. */
export interface Chosen {
  readonly event: 'chosen'
  readonly engine: EngineName
  readonly device: string
  readonly precision: Precision
  /** The parts that a line is made of: `TensorFlow CPU bf16, 3.4× ONNX Runtime CPU here`. */
  readonly explanation: Fact
  /** What was tried; `secondsPerImage` is null for what was ruled out, with the reason. */
  readonly tried: readonly Measurement[]
}

export interface Started {
  readonly event: 'started'
  readonly engine: TrainedByName
  readonly device: string
  readonly precision: Precision
  readonly threads: { readonly engine: number; readonly decode: number }
  readonly batchSize: number
  readonly microBatch: number
  readonly images: { readonly training: number; readonly validation: number }
  readonly epochs: number
  /** Where it starts, or resumes: epochs done and updates since the start. */
  readonly position: { readonly epoch: number; readonly step: number }
  /** Seconds that it is expected to take from here; null where nothing is known of the machine. */
  readonly secondsLeft: number | null
}

export interface Step extends Progress {
  readonly event: 'step'
  /** Updates since the start. */
  readonly step: number
  /** Mean over the batch. */
  readonly loss: number
  /** 0–1. */
  readonly error: number
  readonly learningRate: number
}

/** What may be wrong with a run that trains. */
export type Warning = { readonly event: 'warning' } & (
  Exclude<WarningFact, HalvedFact> | (HalvedFact & Omit<HalvedFact['values'], 'before'>)
)

/** Memory ran out, and fewer images go through the network at once from here on. */
type HalvedFact = Extract<WarningFact, { readonly code: 'micro-batch-halved' }>

/** All plain JSON; `event` tells them apart. `step` comes with each update, `progress` at most a few times a second. */
export type TrainingEvent =
  | Chosen
  | Started
  | Step
  | ({ readonly event: 'progress' } & Progress)
  | ({ readonly event: 'epoch' } & EpochRecord)
  | {
      readonly event: 'checkpoint'
      readonly kind: 'last' | 'best' | 'epoch'
      readonly path: string
      /** Whole epochs done, and updates since the start. */
      readonly epoch: number
      readonly step: number
      readonly bytes: number
    }
  | { readonly event: 'paused' | 'resumed' }
  | Warning
  | ({ readonly event: 'completed' | 'stopped' } & TrainingResult)
