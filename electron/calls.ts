import { BrowserWindow, dialog, ipcMain, shell, type IpcMainInvokeEvent } from 'electron'
import { ask } from './client.ts'
import { isOurs } from './origin.ts'
import type { StudioServer } from './server.ts'
import { channels, type ChosenFolder, type Revealed } from './shell.ts'
import { texts } from './texts.ts'

/** The few things that a page asks of the system. Only the page of our own window is heard. */
export function handleCalls(server: StudioServer): void {
  handle(channels.chooseFolder, async (window) => {
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      title: texts.chooseFolder,
      buttonLabel: texts.choose,
      properties: ['openDirectory', 'createDirectory'],
    })
    return canceled || filePaths[0] === undefined ? null : choose(server, filePaths[0])
  })
  handle(channels.pathOfDrop, async (_, path) =>
    typeof path !== 'string' || path === '' ? null : choose(server, path).catch(() => null),
  )
  handle(channels.reveal, async (_, what) => {
    const path = await pathOf(server, what as Revealed)
    if (path !== null) shell.showItemInFolder(path)
  })
}

type Call = (window: BrowserWindow, argument: unknown) => Promise<unknown>

function handle(channel: string, call: Call): void {
  ipcMain.handle(channel, (event, argument: unknown) => call(senderOf(event), argument))
}

/** @throws Error where it is not the main frame of our window, at our address */
function senderOf({ sender, senderFrame }: IpcMainInvokeEvent): BrowserWindow {
  const window = BrowserWindow.fromWebContents(sender)
  const ours = senderFrame !== null && senderFrame === sender.mainFrame && isOurs(senderFrame.url)
  if (window && ours) return window
  throw new Error('Only the window of VGG Studio may ask for this.')
}

/** Allows the window to import from there and export to there. */
function choose(server: StudioServer, path: string): Promise<ChosenFolder> {
  return ask<ChosenFolder>(server, 'POST', '/api/folders/choose', { path })
}

/** The server says where it is: a page names no paths. */
async function pathOf(server: StudioServer, what: Revealed): Promise<string | null> {
  const id = Object.values(what ?? {})[0] as unknown
  if (typeof id !== 'string' || !/^[drx][1-9][0-9]*$/.test(id)) return null
  if ('export' in what) return (await ask<{ path: string }>(server, 'GET', `/api/exports/${id}`)).path
  if ('dataset' in what) return (await ask<{ root: string }>(server, 'GET', `/api/datasets/${id}`)).root
  const { checkpoints } = await ask<{ checkpoints: { path: string }[] }>(server, 'GET', `/api/runs/${id}`)
  return checkpoints[0]?.path ?? null
}
