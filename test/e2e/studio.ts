import {
  _electron,
  chromium,
  test,
  type BrowserContext,
  type ElectronApplication,
  type Page,
} from '@playwright/test'
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { browserArguments, findBrowser, findElectron } from './browser.ts'

const noElectron =
  'Skipped: Electron’s binary is not here. Get it with: node node_modules/electron/install.js'
const noBrowser =
  'Skipped: there is no Chromium here. Get one with: npx playwright install --with-deps chromium'
const root = resolve(import.meta.dirname, '../..')

export interface Server {
  readonly process: ChildProcess
  readonly url: string
  /** Lets one browser in, once. */
  readonly link: string
}

export interface StudioWindow {
  readonly home: string
  readonly page: Page
  readonly context: BrowserContext
  /** Null in Electron, whose server is its own. */
  readonly server: Server | null
  /** Null in a browser. */
  readonly electron: ElectronApplication | null
  close(): Promise<void>
}

export const newHome = (): string => mkdtempSync(join(tmpdir(), 'vgg-e2e-'))

/** `vgg-studio serve`, as a person starts it. */
export async function serve(home: string, port = 0, folders: readonly string[] = []): Promise<Server> {
  const places = folders.flatMap((folder) => ['--folder', folder])
  const child = spawn(
    process.execPath,
    [
      join(root, 'core/cli/vgg-studio.js'),
      'serve',
      '--json',
      '--home',
      home,
      '--port',
      String(port),
      ...places,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text)
    complaints.set(child, (complaints.get(child) ?? '') + text)
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { event?: string; url: string; link: string }
    if (said.event === 'serving') return { process: child, url: said.url, link: said.link }
  }
  throw new Error(`vgg-studio serve ended with ${child.exitCode}`)
}

/** `vgg-studio` with these words on a home, to its end. */
export function runCommand(
  home: string,
  ...words: readonly string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const program = join(root, 'core/cli/vgg-studio.js')
  const environment = { ...process.env, VGG_STUDIO_HOME: home }
  return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: environment })
}

/** What servers have said on their standard error. */
const complaints = new WeakMap<ChildProcess, string>()

/** @throws Error where the server had something to complain about, also while it ended */
export async function end({ process: child }: Server, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  child.kill(signal)
  await ended
  const said = complaints.get(child) ?? ''
  if (/^\w*Error\b/m.test(said)) throw new Error(`The server complained:\n${said}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

export async function openBrowser(server: Server): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: findBrowser()!, args: browserArguments })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
  const page = await context.newPage()
  await page.goto(server.link)
  await page.waitForURL(/\/(data)?$/)
  return context
}

/** Skips the tests of this file, saying why, where what their world needs is not here. */
export function needWorld(world: string): void {
  const [program, reason] = world === 'electron' ? [findElectron(), noElectron] : [findBrowser(), noBrowser]
  if (program === null) console.log(reason)
  test.skip(program === null, reason)
}

/** Runs a script of this folder that puts something into a home, on the Node that comes with the project. */
export function fillHome(script: string, home: string, ...parameters: readonly string[]): void {
  const node = join(root, 'node_modules/.bin/node')
  execFileSync(node, [join(import.meta.dirname, script), home, ...parameters])
}

/**
 * The studio in the world of the project: Electron, or a browser.
 * @param fill puts into the home what is to be there at the start
 */
export async function openStudioWindow(
  world: string,
  folders: readonly string[] = [],
  fill?: (home: string) => void,
): Promise<StudioWindow> {
  needWorld(world)
  const home = newHome()
  fill?.(home)
  return world === 'electron' ? openInElectron(home) : openInBrowser(home, folders)
}

async function openInBrowser(home: string, folders: readonly string[]): Promise<StudioWindow> {
  const server = await serve(home, await freePort(), folders)
  const context = await openBrowser(server)
  const close = async (): Promise<void> => {
    await context.browser()?.close()
    await end(server)
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  return { home, page: context.pages()[0]!, context, server, electron: null, close }
}

async function openInElectron(home: string): Promise<StudioWindow> {
  const application = await _electron.launch({
    executablePath: findElectron()!,
    args: [root, '--no-sandbox'],
    env: { ...process.env, VGG_STUDIO_HOME: home } as Record<string, string>,
  })
  // The system's dialogs can't be clicked: closing while a run trains stops and saves it.
  await application.evaluate(({ dialog }) => {
    dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false })
  })
  const close = async (): Promise<void> => {
    await application.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  const [page, context] = [await application.firstWindow(), application.context()]
  return { home, page, context, server: null, electron: application, close }
}

/** What the system's dialog answers from now on. */
export async function answerFolder(electron: ElectronApplication, folder: string): Promise<void> {
  await electron.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] })
  }, folder)
}
