import * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import type { Rgb } from '../image/types.ts'
import { networkOptionsSchema, type NetworkOptions } from '../network/architectures/index.ts'
import type { Normalization } from '../pipeline/types.ts'
import { resizeRuleSchema, type ResizeRule } from './preprocessings.ts'
import { readSafetensors, readSafetensorsMetadata, type StoredTensors } from './safetensors.ts'

/**
 * Pretrained weights as the studio keeps them: one safetensors file with canonical names and layouts, RGB, and in its
 * metadata's `weights` what they are. Nothing after the import knows of another format.
 */
export interface WeightsEntry {
  readonly format: 'vgg-studio-weights'
  readonly version: 1
  /** What `--from` takes. */
  readonly name: string
  readonly network: NetworkOptions
  /** False: the file has the convolutions only, and a network that starts from it gets a new head. */
  readonly classifier: boolean
  /** What images must be for these weights: (level − mean) / std, levels 0–255, RGB. */
  readonly normalization: Normalization
  /** How images are resized and cut; null where that is not known. */
  readonly resize: ResizeRule | null
  /** How sure that is: `known` by the file's hash, `named` by its name, `chosen` by a person, `proposed` from images. */
  readonly preprocessing: {
    readonly id: string
    readonly how: 'known' | 'named' | 'chosen' | 'proposed'
  }
  /** What the proposal was made from, the best first; null where nothing was tried. */
  readonly tried: readonly TriedPreprocessing[] | null
  /** Names by output position, where they are known. */
  readonly labels: readonly string[] | null
  /** What has to be said wherever these weights go. */
  readonly attribution: Attribution
  /** The file that they were imported from. */
  readonly source: { readonly file: string; readonly sha256: string; readonly format: string }
  /** Milliseconds since 1970. */
  readonly created: number
}

/** How well images that are prepared so suit weights. */
export interface TriedPreprocessing {
  readonly id: string
  /** Mean squared distance from their class of images that were left out, see leaveOneOut: the lower, the better they suit. */
  readonly loss: number
  /** 0–1, of the same images. */
  readonly accuracy: number
  readonly images: number
  /** How much more its loss is than the best one's, and the standard error of that, over the same images; 0 for the best. */
  readonly behind: { readonly mean: number; readonly error: number }
}

export interface Attribution {
  /** SPDX, or the words that their makers use; null where nothing is known. */
  readonly license: string | null
  /** One sentence. */
  readonly text: string
}

const rgb = z.tuple([z.number(), z.number(), z.number()]) satisfies z.ZodType<Rgb>

export const attributionSchema: z.ZodType<Attribution> = z.object({
  license: z.string().nullable(),
  text: z.string(),
})

const entrySchema: z.ZodType<WeightsEntry> = z.object({
  format: z.literal('vgg-studio-weights'),
  version: z.literal(1),
  name: z.string().min(1),
  network: networkOptionsSchema,
  classifier: z.boolean(),
  normalization: z.object({ mean: rgb, std: rgb }),
  // Earlier versions did not keep it.
  resize: resizeRuleSchema.nullable().default(null),
  preprocessing: z.object({ id: z.string(), how: z.enum(['known', 'named', 'chosen', 'proposed']) }),
  tried: z
    .array(
      z.object({
        id: z.string(),
        loss: z.number(),
        accuracy: z.number(),
        images: z.number(),
        behind: z.object({ mean: z.number(), error: z.number() }),
      }),
    )
    .nullable()
    .default(null),
  labels: z.array(z.string()).nullable(),
  attribution: attributionSchema,
  source: z.object({ file: z.string(), sha256: z.string(), format: z.string() }),
  created: z.number(),
})

/** Reads the description without the tensors. @throws StudioError `invalid-weights`, and those of readSafetensorsMetadata */
export async function readEntry(path: string): Promise<WeightsEntry> {
  return parseEntry(path, await readSafetensorsMetadata(path))
}

/** Reads the description with the tensors. @throws as readEntry */
export async function loadEntry(path: string): Promise<{ entry: WeightsEntry } & StoredTensors> {
  const stored = await readSafetensors(path)
  return { entry: parseEntry(path, stored.metadata), ...stored }
}

export function parseEntry(path: string, metadata: Readonly<Record<string, string>>): WeightsEntry {
  let value: unknown
  try {
    value = JSON.parse(metadata['weights'] ?? 'null')
  } catch {
    value = null
  }
  const parsed = entrySchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new StudioError('invalid-weights', { what: 'unnamed', path }, { cause: parsed.error })
}
