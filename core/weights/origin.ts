import * as z from 'zod'
import { networkOptionsSchema, type NetworkOptions } from '../network/architectures/index.ts'
import type { Normalization } from '../pipeline/types.ts'
import { attributionSchema, type Attribution } from './entry.ts'
import type { WeightsFile } from './readers/types.ts'

/** What files of the studio itself say: checkpoints, exports, kept weights. */
export interface Origin {
  /** Null where the file does not say. */
  readonly network: NetworkOptions | null
  readonly normalization: Normalization
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

const schemas = [
  { key: 'checkpoint', schema: z.object({ network, normalization, classes: labels, attribution }) },
  { key: 'weights', schema: z.object({ network, normalization, labels: labels.nullable(), attribution }) },
  { key: 'preprocessing', schema: z.object({ recipe, normalization, labels, attribution }) },
] as const

/** @returns null for files that others have written */
export function ownOrigin({ metadata }: Pick<WeightsFile, 'metadata'>): Origin | null {
  for (const { key, schema } of schemas) {
    const parsed = schema.safeParse(jsonOf(metadata[key]))
    if (!parsed.success) continue
    const { data } = parsed
    return {
      network: 'network' in data ? data.network : exported(data),
      normalization: data.normalization,
      labels: 'classes' in data ? data.classes : data.labels,
      attribution: data.attribution,
    }
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
