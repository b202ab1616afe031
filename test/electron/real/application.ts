import { _electron, expect, test as base, type ElectronApplication, type Page } from '@playwright/test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtFor } from './build.ts'
import { findRuntime, type Runtime } from './runtime.ts'

/** The application, as a person has started it. */
export interface Application {
  readonly electron: ElectronApplication
  readonly page: Page
  /** The data folder of the studio, and Electron's own beside it. */
  readonly home: string
}

/** What a person's start of the application takes. */
export interface Start {
  readonly home: string
  readonly runtime: Runtime
  readonly args?: readonly string[]
}

/** As root, without a graphics card, and without asking anybody's keyring. */
export const surroundings = ['--no-sandbox', '--disable-gpu', '--password-store=basic']

export function commandOf({ runtime, args = [] }: Omit<Start, 'home'>): readonly [string, ...string[]] {
  const built = builtFor(runtime)
  return [built.program, ...built.args, ...surroundings, ...args]
}

export function environmentOf(home: string): Record<string, string> {
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = process.env
  return { ...rest, VGG_STUDIO_HOME: home, XDG_CONFIG_HOME: join(home, 'config') } as Record<string, string>
}

export async function start(how: Start): Promise<Application> {
  const [executablePath, ...args] = commandOf(how)
  const electron = await _electron.launch({
    executablePath,
    args,
    env: environmentOf(how.home),
    colorScheme: null,
  })
  await record(electron)
  return { electron, page: await electron.firstWindow(), home: how.home }
}

/** What the application has asked of the system. */
export interface Recorded {
  readonly progress: number[]
  readonly notifications: { readonly title: string; readonly body: string }[]
  readonly dialogs: { readonly message: string; readonly buttons: string[] }[]
  readonly blockers: number[]
  readonly tooltips: string[]
  readonly trays: number
  readonly revealed: string[]
  /** What the person answers from now on. */
  button: number
  folder: string | null
}

/** Stands between the application and the parts of the system that no test can click. */
async function record(electron: ElectronApplication): Promise<void> {
  await electron.evaluate(({ BrowserWindow, dialog, Menu, Notification, powerSaveBlocker, shell, Tray }) => {
    const seen = {
      progress: [] as number[],
      notifications: [] as object[],
      dialogs: [] as object[],
      blockers: [] as number[],
      tooltips: [] as string[],
      revealed: [] as string[],
      trays: 0,
      button: 2,
      folder: null as string | null,
    }
    Object.assign(globalThis, { seen })
    const window = BrowserWindow.getAllWindows()[0]!
    for (const shown of [window, BrowserWindow.prototype]) {
      const { setProgressBar } = shown
      shown.setProgressBar = function (this: typeof window, value, options) {
        seen.progress.push(value)
        setProgressBar.call(this, value, options)
      }
    }
    dialog.showMessageBox = ((...args: unknown[]) => {
      seen.dialogs.push(args.at(-1) as object)
      return Promise.resolve({ response: seen.button, checkboxChecked: false })
    }) as typeof dialog.showMessageBox
    dialog.showOpenDialog = (() =>
      Promise.resolve({
        canceled: seen.folder === null,
        filePaths: seen.folder === null ? [] : [seen.folder],
      })) as typeof dialog.showOpenDialog
    dialog.showErrorBox = (title, content) => void seen.dialogs.push({ message: `${title}: ${content}` })
    Notification.isSupported = () => true
    // Their methods are each object's own: what its class inherits, `on`, is where an object comes by.
    const notice = Notification.prototype
    const { on: onNotification } = notice
    notice.on = function (this: Electron.Notification, ...args: never[]) {
      this.show = () => void seen.notifications.push({ title: this.title, body: this.body })
      return Reflect.apply(onNotification, this, args) as typeof this
    }
    const { start, stop } = powerSaveBlocker
    powerSaveBlocker.start = (type) => {
      const id = start.call(powerSaveBlocker, type)
      seen.blockers.push(id)
      return id
    }
    powerSaveBlocker.stop = (id) => {
      if (!powerSaveBlocker.isStarted(id)) throw new Error('It has not been started.')
      seen.blockers.splice(seen.blockers.indexOf(id), 1)
      return stop.call(powerSaveBlocker, id)
    }
    shell.showItemInFolder = (path) => void seen.revealed.push(path)
    const { buildFromTemplate } = Menu
    Menu.buildFromTemplate = (template) => {
      const trayMenu = buildFromTemplate.call(Menu, template)
      return Object.assign(globalThis, { trayMenu }).trayMenu
    }
    const { on: onTray } = Tray.prototype
    Tray.prototype.on = function (this: Electron.Tray, ...args: never[]) {
      seen.trays++
      const { setToolTip, destroy } = this
      this.setToolTip = (text) => {
        seen.tooltips.push(text)
        setToolTip.call(this, text)
      }
      this.destroy = () => {
        seen.trays--
        destroy.call(this)
      }
      return Reflect.apply(onTray, this, args) as typeof this
    }
  })
}

export const seen = (electron: ElectronApplication): Promise<Recorded> =>
  electron.evaluate(() => (globalThis as unknown as { seen: Recorded }).seen)

/** What dialogs answer from now on. */
export const answer = (
  electron: ElectronApplication,
  answers: Partial<Pick<Recorded, 'button' | 'folder'>>,
) =>
  electron.evaluate((_, given) => {
    Object.assign((globalThis as unknown as { seen: Recorded }).seen, given)
  }, answers)

export const newHome = (): string => mkdtempSync(join(tmpdir(), 'vgg-electron-'))
export const removeHome = (home: string): void =>
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })

interface WorkerFixtures {
  readonly runtime: Runtime
  /** One for all tests of a worker; they leave it open. */
  readonly application: Application
}

export const test = base.extend<object, WorkerFixtures>({
  runtime: [
    // Playwright wants the pattern.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const runtime = await findRuntime()
      const reason = 'reason' in runtime ? `There is no Electron here: ${runtime.reason}.` : ''
      if (reason !== '') console.log(reason)
      base.skip('reason' in runtime, reason)
      await use(runtime as Runtime)
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  application: [
    async ({ runtime }, use) => {
      const home = newHome()
      const application = await start({ home, runtime })
      await use(application)
      await answer(application.electron, { button: 0 }).catch(() => undefined)
      await application.electron.close()
      removeHome(home)
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})
export { expect } from '@playwright/test'

/** Where a link of the window would lead. */
export const go = (page: Page, path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)

/** The form of a run that trains at once, on the CPU, in seconds. */
export function tinyRun({ epochs }: { readonly epochs: number }): string {
  const set = {
    optimization: { epochs, batchSize: 32 },
    network: { widthMultiplier: 0.125 },
    execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
  }
  return `/runs/new?preset=small-images&set=${encodeURIComponent(JSON.stringify(set))}`
}

/** Pictures of the window, light and dark, to be looked at: test-results/screenshots. */
export async function screenshot({ page, electron }: Application, name: string): Promise<void> {
  const complete = '[...document.images].every(({ complete }) => complete)'
  for (const theme of ['light', 'dark'] as const) {
    await electron.evaluate(({ nativeTheme }, source) => void (nativeTheme.themeSource = source), theme)
    await expect.poll(() => page.evaluate<boolean>(complete)).toBe(true)
    await page.screenshot({
      path: `test-results/screenshots/electron-${name}-${theme}.png`,
      animations: 'disabled',
    })
  }
  await electron.evaluate(({ nativeTheme }) => void (nativeTheme.themeSource = 'system'))
}

export const chooseMenu = (electron: ElectronApplication, id: string): Promise<void> =>
  electron.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()!.getMenuItemById(wanted)!.click(), id)

export const windowState = (electron: ElectronApplication) =>
  electron.evaluate(({ BrowserWindow }) => {
    const all = BrowserWindow.getAllWindows()
    return { count: all.length, visible: all[0]!.isVisible(), bounds: all[0]!.getBounds() }
  })
