import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { app, dialog, type BrowserWindow } from 'electron'
import { texts } from './texts.ts'

/** What is used of electron-updater. */
export interface Updater {
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  on(event: 'update-available', listener: (update: { readonly version: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  checkForUpdates(): Promise<unknown>
  downloadUpdate(): Promise<unknown>
}

/** Milliseconds from one look to the next. */
const day = 24 * 3600_000

/** A build without a publisher has no such file, and asks nobody. */
export const hasPublisher = (): boolean =>
  app.isPackaged && existsSync(join(process.resourcesPath, 'app-update.yml'))

/** Looks for a newer version now and daily. It comes only where the person wants it, and when the application ends. */
export async function followUpdates(
  window: BrowserWindow,
  { published = hasPublisher(), load = loadUpdater } = {},
): Promise<void> {
  if (!published) return
  const updater = await load()
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = true
  const asked = new Set<string>()
  // No network is no reason to disturb.
  updater.on('error', (error) => console.error(`No update: ${error.message}`))
  updater.on('update-available', ({ version }) => {
    if (asked.has(version) || window.isDestroyed()) return
    asked.add(version)
    void askAbout(version).then((wanted) => wanted && updater.downloadUpdate().catch(() => undefined))
  })
  const look = (): void => void updater.checkForUpdates().catch(() => undefined)
  look()
  setInterval(look, day).unref()

  async function askAbout(version: string): Promise<boolean> {
    const { message, detail, install, later } = texts.update
    const { response } = await dialog.showMessageBox(window, {
      type: 'info',
      message: message(version),
      detail,
      buttons: [install, later],
      defaultId: 0,
      cancelId: 1,
      noLink: true,
    })
    return response === 0
  }
}

async function loadUpdater(): Promise<Updater> {
  const { default: updater } = await import('electron-updater')
  return updater.autoUpdater
}
