import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { resolveHome } from '../../../core/jobs/context/home.ts'
import { openRegistry } from '../../../core/registry/registry.ts'
import { findLiveServer } from '../../../core/server/discovery.ts'
import { startServer } from '../../../core/server/start.ts'
import {
  answer,
  expect,
  go,
  newHome,
  removeHome,
  seen,
  start,
  test,
  tinyRun,
  windowState,
} from './application.ts'

/** Starts of their own: what a window remembers, what becomes of a page that crashes, how the application ends. */
test.describe.configure({ mode: 'serial' })

let home: string
test.beforeAll(() => {
  home = newHome()
})
test.afterAll(() => removeHome(home))

/** What the page shows, asked without Playwright, for whom a crashed page stays crashed; nothing while it is gone. */
const heading = (electron: ElectronApplication): Promise<string> =>
  electron.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!
    const told = webContents.executeJavaScript('document.querySelector("h1")?.innerText ?? ""')
    // A page that crashes meanwhile never answers.
    const nothing = new Promise<string>((resolve) => setTimeout(() => resolve(''), 1000))
    return Promise.race([told.catch(() => '') as Promise<string>, nothing])
  })

test('a window whose screen has gone opens where it can be seen; a page that crashes or hangs comes back', async ({
  runtime,
}) => {
  const remembered = join(home, 'config', 'VGG Studio', 'window.json')
  mkdirSync(dirname(remembered), { recursive: true })
  const gone = { x: 5000, y: 3000, width: 1100, height: 700 }
  writeFileSync(remembered, JSON.stringify({ bounds: gone, maximized: false }))
  const { electron } = await start({ home, runtime })
  await expect.poll(() => windowState(electron)).toMatchObject({ visible: true })
  const { bounds } = await windowState(electron)
  expect(bounds).toMatchObject({ width: 1280, height: 800 })
  expect(bounds.x).toBeLessThan(1920)
  await expect.poll(() => heading(electron)).toBe('Data sets')
  const crash = () =>
    electron.evaluate(({ BrowserWindow }) => {
      const { webContents } = BrowserWindow.getAllWindows()[0]!
      return new Promise<void>((resolve) => {
        webContents.once('did-finish-load', () => resolve())
        webContents.forcefullyCrashRenderer()
      })
    })
  await crash()
  await expect.poll(() => heading(electron)).toBe('Data sets')
  await answer(electron, { button: 1 })
  await electron.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0]!
    void window.webContents.executeJavaScript('for (;;);').catch(() => undefined)
    // Chromium notices by itself after 15 seconds without an answer to a click, but not while Playwright is connected.
    window.emit('unresponsive')
  })
  await expect
    .poll(async () => (await seen(electron)).dialogs.at(-1)?.message)
    .toBe('The window is not responding.')
  await expect.poll(() => heading(electron)).toBe('Data sets')
  await electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]!.setBounds({ x: 40, y: 30, width: 1111, height: 733 }),
  )
  await electron.close()
  expect(JSON.parse(readFileSync(remembered, 'utf8'))).toMatchObject({ bounds: { width: 1111, height: 733 } })
})

test('it opens as it was; closed while a run trains, “Stop and Save” saves the run before it ends', async ({
  runtime,
}) => {
  const { electron, page } = await start({ home, runtime })
  expect((await windowState(electron)).bounds).toMatchObject({ width: 1111, height: 733 })
  await page.getByRole('button', { name: 'Use Clip art' }).click()
  await page.waitForURL(/\/data\/d1/, { timeout: 60_000 })
  await go(page, tinyRun({ epochs: 400 }))
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r1$/)
  await expect.poll(async () => (await seen(electron)).blockers.length).toBe(1)
  await answer(electron, { button: 0 })
  const { pid } = JSON.parse(readFileSync(join(home, 'server', 'server.json'), 'utf8')) as { pid: number }
  const ended = once(electron.process(), 'exit')
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
  await ended
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  const registry = openRegistry(join(home, 'registry.sqlite'))
  expect(registry.runs.get('r1').status).toBe('stopped')
  registry.close()
  expect(existsSync(join(home, 'runs/r1/last.safetensors'))).toBe(true)
})

test('an application whose server is another’s ends at once, and leaves that server alone', async ({
  runtime,
}) => {
  const other = await startServer({ home })
  const { electron } = await start({ home, runtime })
  const ended = once(electron.process(), 'exit')
  await electron.evaluate(({ app }) => app.quit())
  await ended
  expect(other.discovery.socket).toBe((await findLiveServer(resolveHome(home)))?.socket)
  await other.close()
})
