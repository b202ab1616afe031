import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from '@playwright/test'
import {
  answer,
  chooseMenu,
  commandOf,
  environmentOf,
  expect,
  go,
  seen,
  test,
  tinyRun,
  windowState,
} from './application.ts'

/** What the system and the application do for one another, while the window is used. */
const samples = join(import.meta.dirname, '../../../resources/sample/clipart')
let pictures: string

test.beforeAll(() => {
  pictures = mkdtempSync(join(tmpdir(), 'vgg-electron-pictures-'))
  for (const name of ['fruit', 'signs']) {
    mkdirSync(join(pictures, 'shapes', name), { recursive: true })
    for (const file of readdirSync(join(samples, name)).slice(0, 24))
      cpSync(join(samples, name, file), join(pictures, 'shapes', name, file))
  }
})
test.afterAll(() => rmSync(pictures, { recursive: true, force: true }))

test('a folder is chosen in the system’s dialog; a canceled dialog changes nothing', async ({
  application,
}) => {
  const { page, electron } = application
  await go(page, '/data')
  await answer(electron, { folder: null })
  expect(await page.evaluate('studio.chooseFolder()')).toBeNull()
  await answer(electron, { folder: join(pictures, 'shapes') })
  await page
    .getByRole('button', { name: /^(Choose a folder…|Import)/ })
    .first()
    .click()
  await expect(page.getByText('fruit, signs')).toBeVisible()
  await page.getByLabel('Name').fill('shapes')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  // An import that is done is shown.
  await expect(page).toHaveURL(/\/data\/d\d+/, { timeout: 30_000 })
  await expect(page.getByRole('heading', { name: 'shapes' })).toBeVisible()
  await expect(page.getByText('48 images').first()).toBeVisible()
})

test('a folder that is dropped on the window may be imported', async ({ application }) => {
  const { page } = application
  await go(page, '/data')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await drop(page, join(pictures, 'shapes'))
  await expect(page.getByText('fruit, signs')).toBeVisible()
})

/** Something to train on, where this window has none yet. */
async function needData(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const has = async () => (await (await fetch('/api/datasets')).json()).datasets.length > 0
    if (await has()) return
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ source: ${JSON.stringify(join(samples))} })
    await fetch('/api/datasets/import', { method: 'POST', headers, body })
    while (!(await has())) await new Promise((resolve) => setTimeout(resolve, 200))
  })()`)
}

/** As the system does it: the path comes with the drag, which no page can make up. */
async function drop(page: Page, path: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data })
  await devtools.detach()
}

test('a second start that names a folder ends by itself; the window begins its import', async ({
  application,
  runtime,
}) => {
  const { page, home } = application
  await go(page, '/runs')
  const [program, ...args] = commandOf({ runtime, args: [pathToFileURL(join(pictures, 'shapes')).href] })
  const second = spawn(program, args, { env: environmentOf(home), stdio: 'ignore' })
  expect((await once(second, 'exit'))[0]).toBe(0)
  await expect(page.getByText('fruit, signs')).toBeVisible()
})

test('the menu’s commands reach the page, and so do their keys', async ({ application }) => {
  const { page, electron } = application
  for (const [command, path] of [
    ['go-runs', '/runs'],
    ['go-compare', '/compare'],
    ['go-try', '/try'],
    ['settings', '/settings'],
    ['new-run', '/runs/new'],
    ['go-data', '/data'],
  ] as const) {
    await chooseMenu(electron, command)
    await expect.poll(() => new URL(page.url()).pathname, command).toBe(path)
  }
  await chooseMenu(electron, 'search')
  await expect(page.getByPlaceholder(/Find a data set/)).toBeVisible()
  await page.keyboard.press('Escape')
  await chooseMenu(electron, 'shortcuts')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Pause or resume')
  await page.keyboard.press('Escape')
  await electron.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!
    webContents.focus()
    webContents.sendInputEvent({ type: 'keyDown', keyCode: '2', modifiers: ['control'] })
    webContents.sendInputEvent({ type: 'keyUp', keyCode: '2', modifiers: ['control'] })
  })
  await expect.poll(() => new URL(page.url()).pathname, 'Ctrl-2').toBe('/runs')
})

test('the page follows the system’s theme, and zooms by the menu', async ({ application }) => {
  const { page, electron } = application
  const color = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const behind = () =>
    electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBackgroundColor())
  for (const [theme, expected] of [
    ['dark', '#141517'],
    ['light', '#fafaf9'],
  ] as const) {
    await electron.evaluate(({ nativeTheme }, source) => void (nativeTheme.themeSource = source), theme)
    await expect.poll(behind).toBe(expected.toUpperCase())
    expect(await page.evaluate<boolean>('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(
      theme === 'dark',
    )
  }
  expect(await color()).not.toBe('')
  const zoom = () =>
    electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.zoomLevel)
  const role = (name: string) =>
    electron.evaluate(({ Menu, BrowserWindow }, wanted) => {
      const all = Menu.getApplicationMenu()!.items.flatMap(({ submenu }) => submenu?.items ?? [])
      const window = BrowserWindow.getAllWindows()[0]!
      all.find((item) => item.role?.toLowerCase() === wanted)!.click(undefined, window, window.webContents)
    }, name)
  await role('zoomin')
  await expect.poll(zoom).toBe(0.5)
  await role('resetzoom')
  await expect.poll(zoom).toBe(0)
})

test('closing while a run trains asks, and cancel leaves all as it is', async ({ application }) => {
  const { page, electron } = application
  await needData(page)
  await go(page, tinyRun({ epochs: 400 }))
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect(page.getByText(/Epoch \d+ of 400/).first()).toBeVisible()
  await expect.poll(async () => (await seen(electron)).blockers.length).toBe(1)
  await answer(electron, { button: 2 })
  const close = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
  await close()
  await expect
    .poll(async () => (await seen(electron)).dialogs.at(-1))
    .toMatchObject({
      message: 'A run is in training.',
      buttons: ['Stop and Save', 'Keep Training', 'Cancel'],
    })
  expect(await windowState(electron)).toMatchObject({ visible: true })
  expect((await seen(electron)).trays).toBe(0)
})

test('kept in training it goes to the tray, and a second start brings it back', async ({
  application,
  runtime,
}) => {
  const { electron, home } = application
  const close = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
  await answer(electron, { button: 1 })
  await close()
  await expect.poll(async () => (await seen(electron)).trays).toBe(1)
  expect(await windowState(electron)).toMatchObject({ visible: false })
  await expect.poll(async () => (await seen(electron)).tooltips.at(-1)).toMatch(/VGG Studio: \d+ % trained/)
  // A second start, with the first one's data, ends by itself and brings the first one's window back.
  const [program, ...args] = commandOf({ runtime })
  const second = spawn(program, args, { env: environmentOf(home), stdio: 'ignore' })
  expect((await once(second, 'exit'))[0]).toBe(0)
  await expect.poll(() => windowState(electron)).toMatchObject({ visible: true, count: 1 })
  expect((await seen(electron)).trays).toBe(0)
})

test('the tray brings the window back, and what ends meanwhile is told', async ({ application }) => {
  const { page, electron } = application
  await answer(electron, { button: 1 })
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
  await expect.poll(async () => (await seen(electron)).trays).toBe(1)
  const before = (await seen(electron)).notifications.length
  await page.getByRole('button', { name: 'Stop' }).dispatchEvent('click')
  await expect
    .poll(async () => (await seen(electron)).notifications.slice(before), { timeout: 30_000 })
    .toEqual([{ title: expect.stringContaining('Train A on '), body: 'Stopped and saved.' }])
  await expect.poll(async () => (await seen(electron)).blockers).toEqual([])
  await electron.evaluate(() => {
    const { trayMenu } = globalThis as unknown as { trayMenu: Electron.Menu }
    trayMenu.items.find(({ label }) => label === 'Open VGG Studio')!.click()
  })
  await expect.poll(() => windowState(electron)).toMatchObject({ visible: true })
})

test('a server that is killed is missed, started again and found', async ({ application }) => {
  test.skip(process.platform === 'win32', 'Kills it by a signal.')
  const { page, electron, home } = application
  const file = join(home, 'server', 'server.json')
  await expect.poll(() => existsSync(file)).toBe(true)
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
  const lost = page.getByText(/The connection to the server was lost/)
  process.kill(pid, 'SIGKILL')
  await expect(lost).toBeVisible()
  await expect(lost).toBeHidden({ timeout: 30_000 })
  expect((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid).not.toBe(pid)
  // The new server is followed as the old one was.
  await needData(page)
  await go(page, tinyRun({ epochs: 400 }))
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect.poll(async () => (await seen(electron)).blockers.length).toBe(1)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect.poll(async () => (await seen(electron)).blockers.length, { timeout: 30_000 }).toBe(0)
})
