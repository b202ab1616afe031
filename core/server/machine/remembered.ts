import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import { engineNames, precisions, type EngineName, type Precision } from '../../engine/types.ts'

const schema = z.array(
  z.object({
    id: z.string(),
    engine: z.enum(engineNames),
    usable: z.boolean(),
    precisions: z.array(z.enum(precisions)).default(['fp32']),
    memory: z.number().optional(),
  }),
)

/** What has to be known of a device at once. */
export interface KnownDevice {
  readonly id: string
  readonly engine: EngineName
  readonly precisions: readonly Precision[]
  readonly usable: boolean
  /** Bytes. */
  readonly memory?: number | undefined
}

/** The devices as they were found last: their self-tests take seconds, and nobody should wait for them twice. */
export async function openRemembered(folder: string) {
  const file = join(folder, 'devices.json')
  let known: readonly KnownDevice[] | null = await load(file)
  return {
    /** The preferred first; null where they have never been looked for. */
    get: () => known,
    async put(devices: readonly KnownDevice[]): Promise<void> {
      known = devices
      // Only for the next start: a disk that is full is no reason to know no devices.
      await writeAtomic(file, JSON.stringify(devices)).catch(() => undefined)
    },
  }
}

async function load(file: string): Promise<readonly KnownDevice[] | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}
