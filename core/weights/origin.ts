import * as z from 'zod'
import type { Normalization } from '../pipeline/types.ts'
import { attributionSchema, type Attribution } from './entry.ts'
import type { WeightsFile } from './readers/types.ts'

/** What files of the studio itself say: checkpoints, exports, kept weights. */
export interface Origin {
  readonly normalization: Normalization
  readonly labels: readonly string[] | null
  readonly attribution: Attribution | null
}

const rgb = z.tuple([z.number(), z.number(), z.number()])
const normalization = z.object({ mean: rgb, std: rgb })
const attribution = attributionSchema.nullable().default(null)
const labels = z.array(z.string())

const schemas = [
  { key: 'checkpoint', schema: z.object({ normalization, classes: labels, attribution }) },
  { key: 'weights', schema: z.object({ normalization, labels: labels.nullable(), attribution }) },
  { key: 'preprocessing', schema: z.object({ normalization, labels, attribution }) },
] as const

/** @returns null for files that others have written */
export function ownOrigin({ metadata }: WeightsFile): Origin | null {
  for (const { key, schema } of schemas) {
    const parsed = schema.safeParse(jsonOf(metadata[key]))
    if (!parsed.success) continue
    const { data } = parsed
    return {
      normalization: data.normalization,
      labels: 'classes' in data ? data.classes : data.labels,
      attribution: data.attribution,
    }
  }
  return null
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? null : JSON.parse(text)
  } catch {
    return null
  }
}
