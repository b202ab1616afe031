import { resolve } from 'node:path'
import { build } from 'vite'
import { findElectron } from './browser.ts'

const root = resolve(import.meta.dirname, '../..')

/** Builds what is tested, as `npm run build` does: the window, and Electron's scripts where there is an Electron. */
export default async function buildStudio(): Promise<void> {
  await build({ configFile: resolve(root, 'vite.config.ts'), logLevel: 'error' })
  if (findElectron() === null) return
  const configFile = resolve(root, 'vite.electron.config.ts')
  for (const mode of ['main', 'preload']) await build({ configFile, mode, logLevel: 'error' })
}
