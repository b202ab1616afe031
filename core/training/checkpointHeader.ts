import * as z from 'zod'
import type { Statistics } from '../dataset/types.ts'
import type { TrainedBy } from '../engine/execution.ts'
import { precisions, trainedByNames } from '../engine/types.ts'
import type { Rgb } from '../image/types.ts'
import { networkOptionsSchema, type NetworkOptions } from '../network/architectures/index.ts'
import type { Normalization } from '../pipeline/types.ts'
import type { Best, EpochRecord } from './events.ts'
import { attributionSchema, type Attribution } from '../weights/entry.ts'
import { recipeSchema } from './recipeSchema.ts'
import type { Recipe } from './recipe.ts'
import type { ScheduleState } from './schedule.ts'

/** Where a run stands; always between two updates. */
export interface Position {
  /** Whole epochs done, validation included. */
  readonly epoch: number
  /** Images of the running epoch's order that are done. */
  readonly imagesDone: number
  /** Updates since the start. */
  readonly step: number
}

/** What the running epoch's record will be made of. */
export interface EpochSums {
  /** Σ of the images' losses. */
  readonly loss: number
  readonly correct: number
  /** Images that could be read. */
  readonly images: number
  /** Seconds of training. */
  readonly seconds: number
  /** Seconds of these spent waiting for images. */
  readonly waited: number
}

/** All of a checkpoint but its tensors. Every random draw follows from the recipe's seed and the position. */
export interface CheckpointHeader {
  readonly format: 'vgg-studio-checkpoint'
  readonly version: 1
  /** Identity of the run that it belongs to; those of earlier versions do not say. */
  readonly run: string | null
  /** Once the run has started, with the micro-batch of its first update: run again, batches are cut the same. */
  readonly recipe: Recipe
  readonly network: NetworkOptions
  readonly classes: readonly string[]
  readonly normalization: Normalization
  /** Statistics of the training images. */
  readonly statistics: Statistics
  readonly position: Position
  readonly schedule: ScheduleState
  readonly sums: EpochSums
  /**
   * Images per forward and backward pass from here on: fewer than in the recipe where memory ran out after the first
   * update. Null, as the next three, before the run has started.
   */
  readonly microBatch: number | null
  readonly threads: { readonly engine: number; readonly decode: number } | null
  readonly execution: TrainedBy | null
  /** Number of training images, and SHA-256 of their labels in order: this run cannot continue with other images. */
  readonly images: { readonly count: number; readonly labels: string } | null
  readonly best: Best | null
  readonly epochs: readonly EpochRecord[]
  /** What has to be said of the weights that the run started from, and those before it; left out where nothing has. */
  readonly attribution?: Attribution | undefined
}

export const headerFormat = 'vgg-studio-checkpoint'
export const headerVersion = 1
export const zeroSums: EpochSums = { loss: 0, correct: 0, images: 0, seconds: 0, waited: 0 }

const count = z.int().min(0)
const positive = z.int().min(1)
const fraction = z.number().min(0).max(1)
const rgb = z.tuple([z.number(), z.number(), z.number()]) satisfies z.ZodType<Rgb>

const validation = z.object({
  loss: z.number(),
  top1Error: fraction,
  top5Error: fraction.nullable(),
  images: count.optional(),
})

/** Keys that later versions add are let through. */
export const headerSchema: z.ZodType<CheckpointHeader> = z.object({
  format: z.literal(headerFormat),
  version: z.literal(headerVersion),
  run: z.string().nullable().default(null),
  recipe: recipeSchema,
  network: networkOptionsSchema,
  classes: z.array(z.string()).min(2),
  normalization: z.object({ mean: rgb, std: rgb }),
  statistics: z.object({
    mean: rgb,
    std: rgb,
    pca: z.object({ values: rgb, vectors: z.tuple([rgb, rgb, rgb]) }),
  }),
  position: z.object({ epoch: count, imagesDone: count, step: count }),
  schedule: z.object({ best: z.number().nullable(), sinceBest: count, waited: count, drops: count }),
  sums: z.object({
    loss: z.number(),
    correct: count,
    images: count,
    seconds: z.number(),
    waited: z.number(),
  }),
  microBatch: positive.nullable(),
  threads: z.object({ engine: positive, decode: positive }).nullable(),
  execution: z
    .object({
      engine: z.enum(trainedByNames),
      engineVersion: z.string(),
      device: z.string(),
      precision: z.enum(precisions),
    })
    .nullable(),
  images: z.object({ count, labels: z.string() }).nullable(),
  best: z
    .object({ epoch: positive, top1Error: fraction, loss: z.number(), images: count.optional() })
    .nullable(),
  epochs: z.array(
    z.object({
      epoch: positive,
      trainingLoss: z.number(),
      trainingError: fraction,
      images: count.optional(),
      validation: validation.nullable(),
      learningRate: z.number(),
      weightDecay: z.number().optional(),
      imagesPerSecond: z.number(),
      dataWait: z.number(),
      seconds: z.number(),
    }),
  ),
  attribution: attributionSchema.optional(),
})
