import * as z from 'zod'
import { resizeModes } from '../image/types.ts'
import type { Distortions } from '../pipeline/types.ts'

const strength = z.number().min(0).max(5).default(0)

/** What the paper does not do to its images; 0: off. */
const distortions = {
  /** Degrees, either way. */
  rotation: z.number().min(0).max(180).default(0),
  brightness: strength,
  contrast: strength,
  saturation: strength,
  /** Largest standard deviation, pixels of the crop. */
  blur: z.number().min(0).max(50).default(0),
  /** Probability. */
  erasing: z.number().min(0).max(1).default(0),
  /** α of Beta(α, α). */
  mixup: z.number().min(0).max(10).default(0),
} satisfies Readonly<Record<keyof Distortions, z.ZodType<number>>>

/** Settings of how training's crops are made, for recipes and for previews. */
export const augmentationSettings = {
  mode: z.enum(resizeModes).default('crop'),
  /** Where training's crops lie: anywhere, or in the middle as in validation; or parts of random size (Inception's). */
  crops: z.enum(['random', 'center', 'resized']).default('random'),
  /** Least share of the image that a resized crop shows. */
  cropArea: z.number().gt(0).max(1).default(0.08),
  flip: z.boolean().default(true),
  colorShift: z.number().min(0).max(10).default(0.1),
  ...distortions,
}

const distortionNames = Object.keys(distortions) as (keyof Distortions)[]

/** Distortions that are in force. */
export function activeDistortions(data: Distortions): readonly (keyof Distortions)[] {
  return distortionNames.filter((name) => data[name] > 0)
}
