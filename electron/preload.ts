import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { channels, type MenuCommand, type StudioShell } from './shell.ts'

/** Runs before the page, apart from it. The page gets these functions, and nothing of Electron or Node. */
const studio: StudioShell = {
  chooseFolder: () => ipcRenderer.invoke(channels.chooseFolder),
  // A page can't make up a file that has a path: only what was really dropped has one.
  pathOfDrop: (file) => ipcRenderer.invoke(channels.pathOfDrop, webUtils.getPathForFile(file)),
  reveal: (what) => ipcRenderer.invoke(channels.reveal, what),
  onCommand(listener) {
    const pass = (_: unknown, command: MenuCommand): void => listener(command)
    ipcRenderer.on(channels.command, pass)
    return () => void ipcRenderer.off(channels.command, pass)
  },
}

contextBridge.exposeInMainWorld('studio', studio)
