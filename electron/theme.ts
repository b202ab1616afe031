import { app, nativeTheme } from 'electron'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ask } from './client.ts'
import type { StudioServer } from './server.ts'

type Theme = typeof nativeTheme.themeSource
const themes: readonly Theme[] = ['system', 'light', 'dark']

export interface ChosenTheme {
  /** Asks the server which one it is now. */
  learn(server: StudioServer): Promise<void>
}

/**
 * The theme that the person chose in the settings is that of the window and its menus too. The server tells it later than
 * the first paint: so that a dark window does not start with a flash of white, the last one is remembered here.
 */
export function chosenTheme(): ChosenTheme {
  const file = join(app.getPath('userData'), 'theme.json')
  let chosen = remembered(file)
  nativeTheme.themeSource = chosen
  return {
    async learn(server) {
      const { theme } = await ask<{ readonly theme: Theme }>(server, 'GET', '/api/settings')
      if (theme === chosen) return
      chosen = theme
      nativeTheme.themeSource = theme
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(theme))
    },
  }
}

function remembered(file: string): Theme {
  try {
    const theme: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return themes.find((known) => known === theme) ?? 'system'
  } catch {
    return 'system'
  }
}
