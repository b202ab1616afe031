import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../../base/files.ts'
import { metrics } from '../../evaluation/metric.ts'
import { guideStates, type Settings } from '../api/types.ts'

export type SettingsChange = { readonly [K in keyof Settings]?: Settings[K] | undefined }

export const themes = ['system', 'light', 'dark'] as const

/** The person's wishes; what can't be read is as at the first start. @param folder the server's own in the home folder */
export async function readSettings(folder: string): Promise<Settings> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '{}')
  return settingsOf(parse(text))
}

/** Holds them, and keeps what is changed. */
export async function openSettings(folder: string) {
  let settings = await readSettings(folder)
  return {
    get: () => settings,
    async change(changes: SettingsChange): Promise<Settings> {
      settings = settingsOf({ ...settings, ...changes })
      await writeAtomic(fileIn(folder), JSON.stringify(settings, null, 2))
      return settings
    },
  }
}

const fileIn = (folder: string): string => join(folder, 'settings.json')

/** Without a schema: commands that only want to know how to tell a number should not wait for one to load. */
function settingsOf({ theme, metric, sampleDismissed, guide, notifications }: Stored): Settings {
  return {
    theme: themes.find((one) => one === theme) ?? 'system',
    metric: metrics.find((one) => one === metric) ?? 'error',
    sampleDismissed: sampleDismissed === true,
    guide: guideStates.find((one) => one === guide) ?? 'offered',
    notifications: notifications !== false,
  }
}

type Stored = { readonly [K in keyof Settings]?: unknown }

function parse(text: string): Stored {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
