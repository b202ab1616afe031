/**
 * Stands in for the module `electron` where its binary can't be had. Each class and object declares which part of
 * Electron's own types it fulfills, so that the compiler keeps it true to them; what it does is what Electron's
 * documentation says, as far as the application uses it.
 */
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

/** What happened, for tests to look at. */
export const seen = {
  quits: 0,
  sandboxed: false,
  switches: new Map<string, string>(),
  exposed: new Map<string, unknown>(),
  dialogs: [] as Electron.MessageBoxOptions[],
  errors: [] as string[],
  revealed: [] as string[],
  notifications: [] as Notification[],
  blockers: new Set<number>(),
  menu: null as Electron.MenuItemConstructorOptions[] | null,
  trays: [] as Tray[],
  windows: [] as BrowserWindow[],
}

/** What the person, or the system, will answer. */
export const answers = {
  locked: true,
  folder: null as string | null,
  button: 0,
  files: new Map<File, string>(),
  userData: tmpdir(),
}

type AppPart = Pick<
  Electron.App,
  | 'requestSingleInstanceLock'
  | 'whenReady'
  | 'getAppPath'
  | 'getPath'
  | 'isPackaged'
  | 'quit'
  | 'enableSandbox'
>

class App extends EventEmitter implements AppPart {
  readonly isPackaged = false
  readonly requestSingleInstanceLock = () => answers.locked
  readonly commandLine = {
    hasSwitch: () => false,
    appendSwitch: (name: string, value = '') => void seen.switches.set(name, value),
  }
  readonly enableSandbox = () => void (seen.sandboxed = true)
  readonly whenReady = () => Promise.resolve()
  readonly getAppPath = () => fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
  readonly getPath: Electron.App['getPath'] = () => answers.userData

  /** As documented: before-quit, then the windows close, then will-quit; each can be prevented. */
  quit(): void {
    seen.quits++
    if (prevented(this, 'before-quit')) return
    for (const window of seen.windows) if (!window.isDestroyed()) window.close()
    if (seen.windows.some((window) => !window.isDestroyed())) return
    if (!prevented(this, 'will-quit')) this.emit('quit')
  }
}

export const app = new App()

/** Emits an event that listeners may prevent. */
export function prevented(emitter: EventEmitter, name: string, details: object = {}): boolean {
  let stopped = false
  emitter.emit(name, { ...details, preventDefault: () => (stopped = true) })
  return stopped
}

type ContentsPart = Pick<
  Electron.WebContents,
  'send' | 'setWindowOpenHandler' | 'reload' | 'forcefullyCrashRenderer'
>

export class WebContents extends EventEmitter implements ContentsPart {
  readonly sent: unknown[][] = []
  openHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined
  mainFrame = { url: '' }
  reloads = 0

  reload(): void {
    this.reloads++
  }
  /** As documented: its process is killed. */
  forcefullyCrashRenderer(): void {
    this.emit('render-process-gone', {}, { reason: 'killed', exitCode: 9 })
  }
  send(channel: string, ...args: unknown[]): void {
    this.sent.push([channel, ...args])
  }
  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler
  }
}

type WindowPart = Pick<
  Electron.BrowserWindow,
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'focus'
  | 'close'
  | 'restore'
  | 'maximize'
  | 'isMinimized'
  | 'isMaximized'
  | 'isVisible'
  | 'isFocused'
  | 'isDestroyed'
  | 'getNormalBounds'
  | 'setProgressBar'
  | 'setBackgroundColor'
>

export class BrowserWindow extends EventEmitter implements WindowPart {
  readonly webContents = new WebContents()
  readonly options: Electron.BrowserWindowConstructorOptions
  readonly progress: number[] = []
  url = ''
  color: string | undefined
  visible: boolean
  focused = false
  minimized = false
  maximized = false
  destroyed = false

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super()
    this.options = options
    this.visible = options.show !== false
    this.color = options.backgroundColor
    seen.windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  static fromWebContents(contents: unknown): BrowserWindow | null {
    return seen.windows.find((window) => window.webContents === contents) ?? null
  }

  loadURL(url: string): Promise<void> {
    this.url = url
    this.webContents.mainFrame = { url }
    queueMicrotask(() => this.emit('ready-to-show'))
    return Promise.resolve()
  }
  show(): void {
    this.visible = true
  }
  hide(): void {
    this.visible = false
    this.focused = false
  }
  focus(): void {
    this.focused = true
  }
  close(): void {
    if (prevented(this, 'close')) return
    this.destroyed = true
    this.emit('closed')
    if (seen.windows.every((window) => window.destroyed)) app.emit('window-all-closed')
  }
  restore(): void {
    this.minimized = false
  }
  maximize(): void {
    this.maximized = true
  }
  isMinimized = () => this.minimized
  isMaximized = () => this.maximized
  isVisible = () => this.visible
  isFocused = () => this.focused
  isDestroyed = () => this.destroyed
  getNormalBounds = () => ({ x: 10, y: 20, width: 1000, height: 700 })
  setBackgroundColor(color: string): void {
    this.color = color
  }
  setProgressBar(progress: number): void {
    this.progress.push(progress)
  }
}

export const dialog = {
  showOpenDialog: () =>
    Promise.resolve({
      canceled: answers.folder === null,
      filePaths: answers.folder === null ? [] : [answers.folder],
    }),
  showMessageBox(_window: unknown, options: Electron.MessageBoxOptions) {
    seen.dialogs.push(options)
    return Promise.resolve({ response: answers.button, checkboxChecked: false })
  },
  showErrorBox: (title, content) => void seen.errors.push(`${title}: ${content}`),
} satisfies {
  showOpenDialog: () => Promise<Electron.OpenDialogReturnValue>
  showMessageBox: (
    window: unknown,
    options: Electron.MessageBoxOptions,
  ) => Promise<Electron.MessageBoxReturnValue>
} & Pick<Electron.Dialog, 'showErrorBox'>

type Invoked = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown
const handlers = new Map<string, Invoked>()

export const ipcMain = {
  handle: (channel: string, listener: Invoked) => void handlers.set(channel, listener),
} satisfies Pick<Electron.IpcMain, 'handle'>

const received = new EventEmitter()

export const ipcRenderer = {
  invoke: (channel: string, ...args: unknown[]): Promise<unknown> => call(channel, args),
  on: (channel: string, listener: (...args: unknown[]) => void) => received.on(channel, listener),
  off: (channel: string, listener: (...args: unknown[]) => void) => received.off(channel, listener),
} satisfies Record<'on' | 'off', unknown> & Pick<Electron.IpcRenderer, 'invoke'>

/** A call from a page; from our window's main frame where nothing else is said. */
export async function call(
  channel: string,
  args: readonly unknown[],
  from: { sender?: unknown; senderFrame?: unknown } = {},
): Promise<unknown> {
  const contents = seen.windows.find((window) => !window.destroyed)?.webContents
  const event = { sender: contents, senderFrame: contents?.mainFrame, ...from }
  return handlers.get(channel)!(event as unknown as Electron.IpcMainInvokeEvent, ...args)
}

/** Passes what main has sent to the window on to the preload script. */
export function deliver(window: BrowserWindow): void {
  for (const [channel, ...args] of window.webContents.sent.splice(0))
    received.emit(channel as string, {}, ...args)
}

export const contextBridge = {
  exposeInMainWorld: (name: string, api: unknown) => void seen.exposed.set(name, api),
} satisfies Pick<Electron.ContextBridge, 'exposeInMainWorld'>

export const webUtils = {
  getPathForFile: (file: File) => answers.files.get(file) ?? '',
} satisfies Pick<Electron.WebUtils, 'getPathForFile'>

type Served = Parameters<Electron.Protocol['handle']>[1]

export const protocol = {
  privileged: [] as Electron.CustomScheme[],
  served: new Map<string, Served>(),
  registerSchemesAsPrivileged: (schemes) => void protocol.privileged.push(...schemes),
  handle: (scheme, handler) => void protocol.served.set(scheme, handler),
} as { privileged: Electron.CustomScheme[]; served: Map<string, Served> } & Pick<
  Electron.Protocol,
  'registerSchemesAsPrivileged' | 'handle'
>

export const session = {
  defaultSession: {
    request: null as Parameters<Electron.Session['setPermissionRequestHandler']>[0],
    check: null as Parameters<Electron.Session['setPermissionCheckHandler']>[0],
    device: null as Parameters<Electron.Session['setDevicePermissionHandler']>[0],
    spelling: null as string[] | null,
    setPermissionRequestHandler(handler: Parameters<Electron.Session['setPermissionRequestHandler']>[0]) {
      this.request = handler
    },
    setPermissionCheckHandler(handler: Parameters<Electron.Session['setPermissionCheckHandler']>[0]) {
      this.check = handler
    },
    setDevicePermissionHandler(handler: Parameters<Electron.Session['setDevicePermissionHandler']>[0]) {
      this.device = handler
    },
    setSpellCheckerLanguages(languages: string[]) {
      this.spelling = languages
    },
  } satisfies Pick<
    Electron.Session,
    | 'setPermissionRequestHandler'
    | 'setPermissionCheckHandler'
    | 'setDevicePermissionHandler'
    | 'setSpellCheckerLanguages'
  > &
    Record<'request' | 'check' | 'device' | 'spelling', unknown>,
}

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] as Electron.Display[],
} satisfies Pick<Electron.Screen, 'getAllDisplays'>

export const shell = {
  showItemInFolder: (path: string) => void seen.revealed.push(path),
} satisfies Pick<Electron.Shell, 'showItemInFolder'>

export const powerSaveBlocker = {
  start() {
    const id = 1 + Math.max(0, ...seen.blockers)
    seen.blockers.add(id)
    return id
  },
  stop: (id: number) => seen.blockers.delete(id),
} satisfies Pick<Electron.PowerSaveBlocker, 'start' | 'stop'>

type NotificationPart = Pick<Electron.Notification, 'show' | 'title' | 'body'>

export class Notification extends EventEmitter implements NotificationPart {
  readonly title: string
  readonly body: string
  constructor({ title = '', body = '' }: Electron.NotificationConstructorOptions) {
    super()
    this.title = title
    this.body = body
  }
  static isSupported(): boolean {
    return true
  }
  show(): void {
    seen.notifications.push(this)
  }
}

type TrayPart = Pick<Electron.Tray, 'setToolTip' | 'destroy'>

export class Tray extends EventEmitter implements TrayPart {
  tooltip = ''
  destroyed = false
  menu: Electron.MenuItemConstructorOptions[] = []
  constructor() {
    super()
    seen.trays.push(this)
  }
  setToolTip(text: string): void {
    this.tooltip = text
  }
  setContextMenu(menu: unknown): void {
    this.menu = menu as Electron.MenuItemConstructorOptions[]
  }
  destroy(): void {
    this.destroyed = true
  }
}

export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColors: false,
  themeSource: 'system' as Electron.NativeTheme['themeSource'],
}) satisfies Pick<Electron.NativeTheme, 'shouldUseDarkColors' | 'themeSource'>

export const nativeImage = { createFromPath: (path: string) => ({ path }) }

/** A menu is its template. */
export const Menu = {
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (menu: unknown) => void (seen.menu = menu as Electron.MenuItemConstructorOptions[]),
}
