/** Electron as the preload script finds it, with what the old one lacks. */
export { contextBridge, ipcRenderer } from 'electron'

interface Drop {
  readonly dataTransfer: { readonly files: ArrayLike<{ readonly path: string }> } | null
}
const page = globalThis as unknown as {
  addEventListener(event: 'drop', listener: (drop: Drop) => void, capture: boolean): void
}

let path = ''
page.addEventListener('drop', ({ dataTransfer }) => (path = dataTransfer?.files[0]?.path ?? ''), true)

/** A dropped file has its path itself there, but loses it on its way from the page to the preload script. */
export const webUtils = { getPathForFile: (): string => path }
