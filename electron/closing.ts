import { app, dialog, type BrowserWindow } from 'electron'
import { texts } from './texts.ts'

export interface Closing {
  /** Runs in training that would be stopped. */
  readonly training: () => number
  /** Ends the server, which saves them. */
  readonly stop: () => Promise<void>
  /** Continues without a window. */
  readonly hide: () => void
}

type Choice = 'stop' | 'keep' | 'cancel'

/** While something trains, closing asks; whatever ends the application, the server is ended first and saves. */
export function askBeforeClosing(window: BrowserWindow, { training, stop, hide }: Closing): { quit(): void } {
  let decided = false
  let asking = false
  let stopped = false

  /** True where the application may end. */
  function mayEnd(): boolean {
    if (decided || training() === 0) return true
    if (!asking) void decide()
    return false
  }

  async function decide(): Promise<void> {
    asking = true
    const choice = await askChoice(window, training())
    asking = false
    if (choice === 'keep') hide()
    if (choice === 'stop') quit()
  }

  function quit(): void {
    decided = true
    app.quit()
  }

  window.on('close', (event) => {
    if (!mayEnd()) event.preventDefault()
  })
  app.on('before-quit', (event) => {
    if (!mayEnd()) event.preventDefault()
  })
  app.on('will-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    void stop().finally(() =>
      // Electron does not hear of it while it still tells of the end that was prevented.
      setImmediate(() => {
        stopped = true
        app.quit()
      }),
    )
  })
  return { quit }
}

async function askChoice(window: BrowserWindow, runs: number): Promise<Choice> {
  const { message, detail, stop, keep, cancel } = texts.close
  const choices: readonly Choice[] = ['stop', 'keep', 'cancel']
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: message(runs),
    detail,
    buttons: [stop, keep, cancel],
    defaultId: 1,
    cancelId: 2,
    noLink: true,
  })
  return choices[response] ?? 'cancel'
}
