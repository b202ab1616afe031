import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import type { Certificate } from './certificate.ts'

/** A picture that an export carries, and what the network makes of it. */
export interface StoredCheck {
  /** Relative to the export's folder, `/` between folders. */
  readonly file: string
  readonly probabilities: readonly number[]
}

/** Content of `certificate.json`, by which an export can be checked again anywhere. Without paths of the data set. */
export function certificateText(certificate: Certificate, checks: readonly StoredCheck[]): string {
  const { worst, ...numbers } = certificate
  const told = { format: 'vgg-studio-certificate', version: 1, ...numbers, largest: worst?.difference ?? 0 }
  return `${JSON.stringify({ ...told, checks }, null, 2)}\n`
}

const stored = z.object({
  format: z.literal('vgg-studio-certificate'),
  version: z.literal(1),
  tolerance: z.number().positive(),
  runtimes: z
    .array(z.object({ runtime: z.enum(['onnxruntime-node', 'onnxruntime-web', 'tfjs-wasm', 'read-back']) }))
    .min(1),
  checks: z
    .array(z.object({ file: z.string().regex(/^check\/[\w.-]+$/), probabilities: z.array(z.number()) }))
    .min(1),
})

export type StoredCertificate = z.infer<typeof stored>

/** @throws StudioError `not-an-export` */
export async function readCertificate(folder: string): Promise<StoredCertificate> {
  try {
    return stored.parse(JSON.parse(await readFile(join(folder, 'certificate.json'), 'utf8')))
  } catch (cause) {
    throw new StudioError('not-an-export', { folder }, { cause })
  }
}
