import { app, dialog } from 'electron'
import { answerCalls } from './calls.ts'
import { askBeforeClosing } from './closing.ts'
import { followJobs } from './jobs.ts'
import { showMenu } from './menu.ts'
import { origin } from './origin.ts'
import { pathsOf } from './paths.ts'
import { announceEnds, showPresence } from './presence.ts'
import { registerScheme, serveApp } from './protocol.ts'
import { denyTheRest } from './security.ts'
import { superviseServer } from './server.ts'
import { channels } from './shell.ts'
import { texts } from './texts.ts'
import { trayIcon } from './tray.ts'
import { openWindow, showWindow } from './window.ts'

if (app.requestSingleInstanceLock()) {
  registerScheme()
  void app.whenReady().then(run)
} else app.quit()

function run(): void {
  const paths = pathsOf({
    packaged: app.isPackaged,
    app: app.getAppPath(),
    resources: process.resourcesPath,
    platform: process.platform,
  })
  denyTheRest()
  const server = superviseServer({ node: paths.node, entry: paths.server, onGivenUp: giveUp })
  serveApp({ server, folder: paths.renderer })
  answerCalls(server)

  const window = openWindow(paths.preload)
  const tray = trayIcon(paths.icons, { onOpen: appear, onQuit: () => closing.quit() })
  const jobs = followJobs({
    server,
    onActivity: showPresence(window, tray),
    onEnd: announceEnds(window, server, ({ run }) => {
      appear()
      if (run !== null) void window.loadURL(`${origin}/runs/${run}`)
    }),
  })
  const closing = askBeforeClosing(window, {
    training: () => (server.own ? jobs.activity().training.length : 0),
    hide() {
      window.hide()
      tray.show()
    },
    async stop() {
      jobs.stop()
      await server.stop()
    },
  })
  showMenu((command) => {
    appear()
    window.webContents.send(channels.command, command)
  })
  app.on('second-instance', appear)
  app.on('activate', appear)
  app.on('window-all-closed', () => app.quit())

  function appear(): void {
    tray.hide()
    showWindow(window)
  }
}

function giveUp(error: Error): void {
  dialog.showErrorBox(texts.noServer, error.message)
  app.quit()
}
