import * as z from 'zod'
import { resizeModes } from '../image/types.ts'
import { networkOptionsSchema, type NetworkOptions } from '../network/architectures/index.ts'
import { testScale } from '../pipeline/testScale.ts'
import type { Normalization } from '../pipeline/types.ts'
import { attributionSchema, type Attribution } from './entry.ts'
import { resizeRuleSchema, type ResizeRule } from './preprocessings.ts'
import type { WeightsFile } from './readers/types.ts'

/** What files of the studio itself say: checkpoints, exports, kept weights. */
export interface Origin {
  /** Null where the file does not say. */
  readonly network: NetworkOptions | null
  readonly normalization: Normalization
  /** Null where the file does not say. */
  readonly resize: ResizeRule | null
  readonly labels: readonly string[] | null
  readonly attribution: Attribution | null
}

const rgb = z.tuple([z.number(), z.number(), z.number()])
const normalization = z.object({ mean: rgb, std: rgb })
const attribution = attributionSchema.nullable().default(null)
const labels = z.array(z.string())
const network = networkOptionsSchema.nullable().catch(null)
/** An export has its network in its recipe. */
const recipe = z
  .object({ network: z.unknown(), data: z.object({ crop: z.int() }) })
  .nullable()
  .catch(null)

/** A checkpoint has the rule in its recipe. */
const trained = z
  .object({
    data: z.object({
      crop: z.int(),
      mode: z.enum(resizeModes),
      scale: z.object({ min: z.int(), max: z.int() }),
    }),
  })
  .transform(({ data: { crop, mode, scale } }): ResizeRule => ({ mode, scale: testScale(scale), crop }))
  .nullable()
  .catch(null)
const written = z
  .object({ mode: z.enum(resizeModes), scale: z.int() })
  .nullable()
  .catch(null)
const kept = resizeRuleSchema.nullable().catch(null)

const schemas = [
  {
    key: 'checkpoint',
    schema: z
      .object({ network, normalization, classes: labels, attribution, recipe: trained })
      .transform(({ classes, recipe: resize, ...rest }): Origin => ({ ...rest, labels: classes, resize })),
  },
  {
    key: 'weights',
    schema: z.object({ network, normalization, resize: kept, labels: labels.nullable(), attribution }),
  },
  {
    key: 'preprocessing',
    schema: z
      .object({ recipe, resize: written, normalization, labels, attribution })
      .transform(({ recipe: own, resize, ...rest }): Origin => {
        const crop = own?.data.crop
        const rule = resize && crop !== undefined ? { ...resize, crop } : null
        return { ...rest, network: exported({ recipe: own, labels: rest.labels }), resize: rule }
      }),
  },
] as const

/** @returns null for files that others have written */
export function ownOrigin({ metadata }: Pick<WeightsFile, 'metadata'>): Origin | null {
  for (const { key, schema } of schemas) {
    const parsed = schema.safeParse(jsonOf(metadata[key]))
    if (parsed.success) return parsed.data
  }
  return null
}

function exported(data: {
  readonly recipe: z.output<typeof recipe>
  readonly labels: readonly string[]
}): NetworkOptions | null {
  const { network: spec, data: images } = data.recipe ?? {}
  const options = { ...(spec as object | undefined), classes: data.labels.length, crop: images?.crop }
  return networkOptionsSchema.safeParse(options).data ?? null
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? null : JSON.parse(text)
  } catch {
    return null
  }
}
