import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme, screen } from 'electron'
import { origin } from './origin.ts'
import { texts } from './texts.ts'
import { loadState, placeOnScreen, saveState, minimumSize, defaultSize } from './windowState.ts'

/** The application's window: a page without Node, in a sandbox, whose only door is the preload script. */
export function openWindow(preload: string): BrowserWindow {
  const file = join(app.getPath('userData'), 'window.json')
  const { bounds, maximized } = placeOnScreen(
    loadState(file),
    screen.getAllDisplays().map(({ workArea }) => workArea),
  )
  const window = new BrowserWindow({
    ...defaultSize,
    ...bounds,
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    title: texts.name,
    show: false,
    // Until the page has painted, and where it is resized faster than that.
    backgroundColor: background(nativeTheme.shouldUseDarkColors),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  })
  nativeTheme.on('updated', () => {
    if (!window.isDestroyed()) window.setBackgroundColor(background(nativeTheme.shouldUseDarkColors))
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () =>
    saveState(file, { bounds: window.getNormalBounds(), maximized: window.isMaximized() }),
  )
  // It is interrupted where a folder that the start named is opened at once.
  window.loadURL(`${origin}/`).catch(() => undefined)
  return window
}

/** The page's own, --page in renderer/styles/tokens.css. */
export const background = (dark: boolean): string => (dark ? pages.dark : pages.light)
const pages = { light: '#fafaf9', dark: '#141517' }

/** Brings a window back, wherever it is. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
