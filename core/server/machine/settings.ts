import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import type { Settings } from '../api/types.ts'

const schema = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  sampleDismissed: z.boolean().catch(false),
  notifications: z.boolean().catch(true),
})

/** The person's wishes about the window; what can't be read is as at the first start. */
export async function openSettings(folder: string) {
  const file = join(folder, 'settings.json')
  const text = await readFile(file, 'utf8').catch(() => '{}')
  let settings: Settings = schema.parse(parse(text))
  return {
    get: () => settings,
    async change(changes: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Promise<Settings> {
      settings = schema.parse({ ...settings, ...changes })
      await writeAtomic(file, JSON.stringify(settings, null, 2))
      return settings
    },
  }
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
