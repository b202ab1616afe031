import { app, dialog } from 'electron'
import { handleCalls } from './calls.ts'
import { askBeforeClosing } from './closing.ts'
import { askedFolders, type AskedFolders } from './folders.ts'
import { followJobs } from './jobs.ts'
import { checkInstallation } from './integrity.ts'
import { showMenu } from './menu.ts'
import { origin } from './origin.ts'
import { pathsOf } from './paths.ts'
import { announceEnds, showPresence } from './presence.ts'
import { recover } from './recovery.ts'
import { registerScheme, serveApp } from './protocol.ts'
import { askNobody } from './quiet.ts'
import { sandboxPages, warnNoSandbox } from './sandbox.ts'
import { denyTheRest } from './security.ts'
import { runSmokeTest, smokeTest } from './smoke.ts'
import { superviseServer } from './server.ts'
import { channels } from './shell.ts'
import { texts } from './texts.ts'
import { chosenTheme } from './theme.ts'
import { trayIcon } from './tray.ts'
import { followUpdates } from './updates.ts'
import { openWindow, showWindow } from './window.ts'

const paths = pathsOf({
  packaged: app.isPackaged,
  app: app.getAppPath(),
  resources: process.resourcesPath,
  platform: process.platform,
})

if (process.argv.includes(smokeTest)) {
  runSmokeTest(paths, app).then((code) => app.exit(code), fail)
} else if (app.requestSingleInstanceLock()) {
  sandboxPages()
  askNobody()
  registerScheme()
  const folders = askedFolders()
  app
    .whenReady()
    .then(() => run(folders))
    .catch(fail)
} else app.quit()

function run(folders: AskedFolders): void {
  denyTheRest()
  // The window is there while the files of an installation are looked at; what runs them waits.
  const allowed = checkInstallation(app.getAppPath(), paths.studio)
  allowed.catch(fail)
  const server = superviseServer({ node: paths.node, entry: paths.server, allowed, onGivenUp: giveUp })
  serveApp({ server, folder: paths.renderer })
  handleCalls(server)

  const theme = chosenTheme()
  const window = openWindow(paths.preload)
  const tray = trayIcon(paths.icons, { onOpen: appear, onQuit: () => closing.quit() })
  const jobs = followJobs({
    server,
    onActivity: showPresence(window, tray),
    onEnd: announceEnds(window, server, ({ run }) => {
      appear()
      if (run !== null) void window.loadURL(`${origin}/runs/${run}`)
    }),
    onSettings: () => void theme.learn(server).catch((error: unknown) => console.error(error)),
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
  folders.openIn(window, server)
  recover(window)
  warnNoSandbox(window)
  void followUpdates(window).catch((error: unknown) => console.error(error))
  showMenu({
    packaged: app.isPackaged,
    send(command) {
      appear()
      window.webContents.send(channels.command, command)
    },
  })
  app.on('second-instance', appear)
  app.on('activate', appear)
  app.on('window-all-closed', () => app.quit())

  function appear(): void {
    tray.hide()
    showWindow(window)
  }
}

/** An application that can't even start ends, and says why. */
function fail(error: unknown): void {
  console.error(error)
  app.exit(1)
}

function giveUp(error: Error): void {
  dialog.showErrorBox(texts.noServer, error.message)
  app.quit()
}
