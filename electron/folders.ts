import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, type BrowserWindow } from 'electron'
import { ask } from './client.ts'
import { origin } from './origin.ts'
import type { StudioServer } from './server.ts'
import type { ChosenFolder } from './shell.ts'

export interface AskedFolders {
  /** Begins the import of the folder that was asked for, and of each that will be. */
  openIn(window: BrowserWindow, server: StudioServer): void
}

/** “Open with VGG Studio”: the folders that the system or a command line names. Before the application is ready. */
export function askedFolders(): AskedFolders {
  let asked = folderIn(process.argv.slice(1), process.cwd(), app.getAppPath())
  let begin = (): void => undefined

  function take(path: string | null): void {
    if (path === null) return
    asked = path
    begin()
  }
  app.on('second-instance', (_, args, cwd) => take(folderIn(args.slice(1), cwd, app.getAppPath())))
  app.on('open-file', (event, path) => {
    event.preventDefault()
    take(folderIn([path], '/', app.getAppPath()))
  })
  return {
    openIn(window, server) {
      begin = () => {
        if (asked === null) return
        const path = asked
        asked = null
        open(path).catch((error: unknown) => console.error(error))
      }
      begin()

      async function open(path: string): Promise<void> {
        const folder = await ask<ChosenFolder>(server, 'POST', '/api/folders/choose', { path })
        await window.loadURL(`${origin}/data?import=${encodeURIComponent(folder.path)}`)
      }
    },
  }
}

/** The first folder among the arguments of a start, which file managers give as addresses; null where there is none. */
export function folderIn(args: readonly string[], cwd: string, application: string): string | null {
  for (const argument of args) {
    if (argument.startsWith('-')) continue
    const path = pathOf(argument, cwd)
    // Electron itself is given the folder of a checkout.
    const named = path !== null && path !== application
    if (named && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  }
  return null
}

function pathOf(argument: string, cwd: string): string | null {
  if (!argument.startsWith('file:')) return resolve(cwd, argument)
  try {
    return fileURLToPath(argument)
  } catch {
    return null
  }
}
