import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, dialog, type BrowserWindow } from 'electron'
import { texts } from './texts.ts'

/**
 * Turns the sandbox on for every page, whatever its window asks for. Started with --no-sandbox (as root, or by an
 * AppImage where the system lets no program make user namespaces) there is none.
 */
export function sandboxPages(): void {
  if (!isOff()) app.enableSandbox()
}

/** An AppImage without a sandbox says in one sentence what to do, to the person the first time only. */
export function warnNoSandbox(window: BrowserWindow): void {
  if (!isOff() || !process.env['APPIMAGE']) return
  console.error(texts.noSandbox)
  const told = join(app.getPath('userData'), 'no-sandbox-told')
  if (existsSync(told)) return
  writeFileSync(told, '')
  void dialog.showMessageBox(window, { type: 'warning', message: texts.noSandbox, buttons: ['OK'] })
}

const isOff = (): boolean => app.commandLine.hasSwitch('no-sandbox')
