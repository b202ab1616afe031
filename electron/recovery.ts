import { app, dialog, type BrowserWindow, type RenderProcessGoneDetails } from 'electron'
import { texts } from './texts.ts'

/** Number of crashes within a number of milliseconds that is too many. */
const patience = { crashes: 4, within: 60_000 }

/** A page that crashed comes back where it was; of one that does not answer the person decides. */
export function recover(window: BrowserWindow): void {
  const { webContents } = window
  let crashes: readonly number[] = []
  let asking = false

  webContents.on('render-process-gone', (_, { reason }: RenderProcessGoneDetails) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    const now = Date.now()
    crashes = [...crashes.filter((time) => now - time < patience.within), now]
    if (crashes.length < patience.crashes) webContents.reload()
    else giveUp()
  })
  window.on('unresponsive', () => {
    if (!asking) void ask()
  })

  async function ask(): Promise<void> {
    asking = true
    const { message, detail, wait, reload } = texts.unresponsive
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message,
      detail,
      buttons: [wait, reload],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    asking = false
    // What hangs can't load anything: it is ended, and comes back as after a crash.
    if (response === 1 && !window.isDestroyed()) webContents.forcefullyCrashRenderer()
  }
}

function giveUp(): void {
  dialog.showErrorBox(texts.brokenPage.title, texts.brokenPage.detail)
  app.quit()
}
