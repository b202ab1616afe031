import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { StudioShell } from '../../electron/shell.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { findLiveServer } from '../../core/server/discovery.ts'
import { resolveHome } from '../../core/jobs/context/home.ts'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../server/support.ts'
import * as electron from './standIn.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000 })

vi.mock('electron', () => import('./standIn.ts'))

const { seen, answers, app, protocol, session } = electron
let home: string
let pictures: string
let studio: StudioShell

beforeAll(async () => {
  home = temporaryFolder()
  pictures = smallFolder()
  answers.userData = join(home, 'electron')
  process.env['VGG_STUDIO_HOME'] = home
  await import('../../electron/main.ts')
  await import('../../electron/preload.ts')
  studio = seen.exposed.get('studio') as StudioShell
  await until(() => seen.windows.length === 1 && seen.windows[0]!.visible)
})
afterAll(() => remove(home, pictures))

const window = () => seen.windows[0]!

async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > 120_000) throw new Error(`It takes too long: ${condition.toString()}`)
    await delay(50)
  }
}

/** As the page does it: through the scheme's handler. */
const page = async (path: string, init?: RequestInit) =>
  protocol.served.get('app')!(new Request(`app://vgg-studio${path}`, init))
async function api<Answer>(path: string, body?: object): Promise<Answer> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await page(`/api${path}`, body && post)
  const answer = (await response.json()) as Answer & { error?: unknown }
  if (!response.ok) throw new Error(JSON.stringify(answer.error))
  return answer
}

test('one window opens: in a sandbox, apart from Node, at our own address, with no port open for it', async () => {
  expect(window().url).toBe('app://vgg-studio/')
  expect(window().options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    preload: expect.stringMatching(/dist\/electron\/preload\.cjs$/),
  })
  expect(seen.sandboxed).toBe(true)
  expect([...seen.switches]).toEqual([['host-resolver-rules', 'MAP * ~NOTFOUND']])
  expect(session.defaultSession.spelling).toEqual([])
  expect(protocol.privileged).toEqual([
    { scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true, stream: true }) },
  ])
  const system = await api<{ home: string; shell: string; firstStart: boolean }>('/system')
  expect(system).toMatchObject({ home, shell: 'electron', firstStart: true })
  expect((await findLiveServer(resolveHome(home)))!.url).toBeNull()
})

test('every answer has the strict policy, and other hosts of the scheme have nothing', async () => {
  for (const path of ['/', '/api/settings', '/none.js']) {
    const { headers } = await page(path)
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
  const elsewhere = await protocol.served.get('app')!(new Request('app://elsewhere/api/settings'))
  expect(elsewhere.status).toBe(404)
})

test('the page may go nowhere, open nothing and is permitted nothing', () => {
  const { webContents } = window()
  const opened = webContents.openHandler!({ url: 'https://example.com' } as Electron.HandlerDetails)
  expect(opened).toEqual({ action: 'deny' })
  const goes = (name: string, url: string) => !electron.prevented(webContents, name, { url })
  expect(goes('will-navigate', 'https://example.com')).toBe(false)
  expect(goes('will-frame-navigate', 'file:///etc/passwd')).toBe(false)
  expect(goes('will-redirect', 'app://vgg-studio/')).toBe(false)
  expect(goes('will-attach-webview', '')).toBe(false)
  expect(goes('will-navigate', 'app://vgg-studio/runs')).toBe(true)
  const granted: boolean[] = []
  session.defaultSession.request!(null as never, 'media', (answer) => granted.push(answer), null as never)
  expect(granted).toEqual([false])
  const check = (name: string, from = 'app://vgg-studio/') =>
    session.defaultSession.check!(null, name as 'media', from, null as never)
  expect(
    ['media', 'geolocation', 'clipboard-read', 'hid', 'fullscreen'].map((name) => check(name)),
  ).not.toContain(true)
  expect([check('clipboard-sanitized-write'), check('clipboard-sanitized-write', 'https://a.b/')]).toEqual([
    true,
    false,
  ])
  expect(session.defaultSession.device!(null as never)).toBe(false)
})

test('the page gets four functions, and what is chosen in the system’s dialog may be imported', async () => {
  expect(Object.keys(studio).sort()).toEqual(['chooseFolder', 'onCommand', 'pathOfDrop', 'reveal'])
  expect(await studio.chooseFolder()).toBeNull()
  await expect(api('/datasets/import', { source: pictures })).rejects.toThrow('outside')
  answers.folder = pictures
  expect(await studio.chooseFolder()).toMatchObject({ path: pictures, subfolders: ['test', 'train', 'val'] })
  await api('/datasets/import', { source: pictures })
  await until(async () => (await api<{ datasets: object[] }>('/datasets')).datasets.length === 1)
})

test('a dropped folder is chosen by dropping it; a file, or something made up, is not', async () => {
  const folder = join(home, 'dropped')
  mkdirSync(folder)
  writeFileSync(join(home, 'file.txt'), '')
  const [dropped, file, madeUp] = [new File([], 'dropped'), new File([], 'file.txt'), new File([], 'x')]
  answers.files.set(dropped, folder).set(file, join(home, 'file.txt'))
  expect(await studio.pathOfDrop(dropped)).toMatchObject({ path: folder, name: 'dropped' })
  expect(await studio.pathOfDrop(file)).toBeNull()
  expect(await studio.pathOfDrop(madeUp)).toBeNull()
})

test('“open with” of a folder begins its import, whether the application runs or not', async () => {
  for (const argument of [pictures, pathToFileURL(pictures).href]) {
    app.emit('second-instance', {}, ['vgg-studio', '--flag', argument], '/')
    await until(() => window().url.startsWith('app://vgg-studio/data?import='))
    expect(new URL(window().url).searchParams.get('import')).toBe(pictures)
    window().url = ''
  }
})

test('things are revealed by their id, and only the main frame of our window is heard', async () => {
  await studio.reveal({ dataset: 'd1' })
  expect(seen.revealed).toEqual([pictures])
  await studio.reveal({ dataset: '../../etc' })
  await studio.reveal('/etc' as never)
  await studio.reveal(null as never)
  expect(seen.revealed).toEqual([pictures])
  const { webContents } = window()
  const strangers = [
    { sender: new electron.WebContents() },
    { senderFrame: { url: 'app://vgg-studio/' } },
    { senderFrame: null },
  ]
  for (const from of strangers)
    await expect(electron.call('studio:choose-folder', [], from)).rejects.toThrow('Only')
  const own = webContents.mainFrame
  webContents.mainFrame = { url: 'https://evil.example/' }
  await expect(electron.call('studio:choose-folder', [])).rejects.toThrow('Only')
  webContents.mainFrame = own
})

test('a page that crashes is loaded again; one that does not answer when the person wants it', async () => {
  const { webContents } = window()
  webContents.emit('render-process-gone', {}, { reason: 'oom', exitCode: 1 })
  expect(webContents.reloads).toBe(1)
  for (const [button, reloads] of [
    [0, 1],
    [1, 2],
  ] as const) {
    answers.button = button
    window().emit('unresponsive')
    await delay(20)
    expect(webContents.reloads).toBe(reloads)
  }
  expect(seen.dialogs.splice(0).map(({ buttons }) => buttons![0])).toEqual(['Wait', 'Wait'])
})

test('until its page has painted the window has the page’s own color, that of the system’s theme', () => {
  expect(window().color).toBe('#fafaf9')
  electron.nativeTheme.shouldUseDarkColors = true
  electron.nativeTheme.emit('updated')
  expect(window().color).toBe('#141517')
})

test('a theme that the person chooses is the window’s too, and is remembered for the next start', async () => {
  const { nativeTheme } = electron
  const choose = (theme: string) => {
    const headers = { 'content-type': 'application/json' }
    return page('/api/settings', { method: 'PATCH', headers, body: JSON.stringify({ theme }) })
  }
  await choose('dark')
  await until(() => nativeTheme.themeSource === 'dark')
  nativeTheme.themeSource = 'system'
  const { chosenTheme } = await import('../../electron/theme.ts')
  chosenTheme()
  expect(nativeTheme.themeSource).toBe('dark')
  await choose('system')
  await until(() => nativeTheme.themeSource === 'system')
  for (const damaged of ['', '"none"', '{']) {
    nativeTheme.themeSource = 'dark'
    writeFileSync(join(answers.userData, 'theme.json'), damaged)
    chosenTheme()
    expect(nativeTheme.themeSource, damaged).toBe('system')
  }
})

test('the menu sends its commands to the page, until that stops listening', () => {
  const heard: string[] = []
  const end = studio.onCommand((command) => heard.push(command))
  const items = seen.menu!.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
  const click = (id: string) => (items.find((item) => item.id === id)!.click as () => void)()
  click('new-run')
  electron.deliver(window())
  end()
  click('settings')
  electron.deliver(window())
  expect(heard).toEqual(['new-run'])
})

test('training shows in the taskbar and keeps the machine awake; its end is told to who looks elsewhere', async () => {
  window().focused = false
  const { job } = await api<{ job: { id: string } }>('/runs', {
    dataset: 'd1',
    recipe: tinyRecipe,
    name: 'quick',
  })
  await until(() => seen.blockers.size === 1)
  const ended = () => seen.notifications.find(({ title }) => title.startsWith('Train A on '))
  await until(ended)
  expect(ended()!.body).toBe('Complete.')
  expect(window().progress.some((value) => value > 0)).toBe(true)
  await until(() => seen.blockers.size === 0)
  expect(window().progress.at(-1)).toBe(-1)
  ended()!.emit('click')
  expect(window().url).toBe('app://vgg-studio/runs/r1')
  expect(job.id).toBe('j2')
})

const longRecipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1000 } }

test('closing while a run trains asks: cancel changes nothing, keep goes to the tray, from where it comes back', async () => {
  const { job } = await api<{ job: { id: string } }>('/runs', {
    dataset: 'd1',
    recipe: longRecipe,
    name: 'long',
  })
  await until(async () => (await api<{ job: { run: string | null } }>(`/jobs/${job.id}`)).job.run !== null)
  await until(() => seen.blockers.size === 1)
  answers.button = 2
  window().close()
  await until(() => seen.dialogs.length === 1)
  expect(seen.dialogs[0]).toMatchObject({
    message: 'A run is in training.',
    buttons: ['Stop and Save', 'Keep Training', 'Cancel'],
  })
  await delay(50)
  expect([window().destroyed, window().visible, seen.trays.length]).toEqual([false, true, 0])
  answers.button = 1
  app.quit()
  await until(() => seen.trays.length === 1)
  expect([window().destroyed, window().visible]).toEqual([false, false])
  app.emit('second-instance', {}, ['vgg-studio', '--flag'], home)
  expect([window().visible, seen.trays[0]!.destroyed]).toEqual([true, true])
})

test('stop and save ends the application after the server, which has saved the run', async () => {
  answers.button = 0
  const quit = new Promise((resolve) => app.once('quit', resolve))
  window().close()
  await quit
  expect(window().destroyed).toBe(true)
  expect(existsSync(join(answers.userData, 'window.json'))).toBe(true)
  expect(await findLiveServer(resolveHome(home))).toBeNull()
  const registry = openRegistry(join(home, 'registry.sqlite'))
  expect(registry.runs.get('long').status).toBe('stopped')
  registry.close()
  expect(existsSync(join(home, 'runs/r2/last.safetensors'))).toBe(true)
  expect(seen.errors).toEqual([])
})
