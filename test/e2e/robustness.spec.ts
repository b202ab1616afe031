import { expect, test, type Page } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { look } from './look.ts'
import { end, openStudio, serve, type Server, type Studio } from './studio.ts'

/** What goes wrong in a real life: broken files, a dead worker, a server that goes away, strangers. */
test.describe.configure({ mode: 'serial' })

const samples = join(import.meta.dirname, '../../resources/sample/clipart')
const folder = mkdtempSync(join(tmpdir(), 'vgg-e2e-images-'))
let studio: Studio
let page: Page
let server: Server

/** Twenty pictures in two classes, one cut off, one that is text, and a copy with another label. */
function makeBrokenFolder(): void {
  for (const name of ['fruit', 'signs']) {
    mkdirSync(join(folder, name))
    for (const file of pngs(name).slice(0, 20)) cpSync(join(samples, name, file), join(folder, name, file))
  }
  const [first, second] = pngs('fruit')
  truncateSync(join(folder, 'fruit', first!), 900)
  writeFileSync(join(folder, 'fruit', 'notes.jpg'), 'no picture at all')
  cpSync(join(samples, 'fruit', second!), join(folder, 'signs', 'copy.png'))
}

const pngs = (name: string): string[] =>
  readdirSync(join(samples, name))
    .filter((file) => file.endsWith('.png'))
    .sort()

test.beforeAll(async () => {
  makeBrokenFolder()
  studio = await openStudio('browser', [folder])
  page = studio.page
  server = studio.server!
})

test.afterAll(async () => {
  await studio?.close()
  if (server) await end(server)
  rmSync(folder, { recursive: true, force: true })
})

test('a folder with broken files is imported; each file says what is wrong with it', async () => {
  await page.getByRole('button', { name: 'Choose a folder…' }).click()
  await page.getByRole('button', { name: folder.split('/').at(-1)! }).click()
  await look(page, 'a-folder-picker')
  await page.getByRole('button', { name: 'Import this folder' }).click()
  await expect(page.getByText('fruit, signs')).toBeVisible()
  await page.getByLabel('Name').fill('broken')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByRole('link', { name: 'broken', exact: true }).click({ timeout: 30_000 })
  await page.getByRole('link', { name: /problem/ }).click()
  await page.getByRole('button', { name: 'Show 2 files' }).click()
  await expect(page.getByText('notes.jpg').first()).toBeVisible()
  await look(page, 'b-problems')
})

test('two windows show the same run', async () => {
  const set = JSON.stringify({
    optimization: { epochs: 60, batchSize: 16 },
    network: { widthMultiplier: 0.125 },
  })
  await page.goto(`${server.url}/runs/new?preset=small-images&set=${encodeURIComponent(set)}`)
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  const other = await studio.context.newPage()
  await other.goto(page.url())
  await expect(other.getByText(/Epoch \d+ of 60/).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeEnabled()
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('Space')
  await expect(other.getByRole('button', { name: 'Resume' })).toBeVisible()
  await other.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  await other.close()
})

test('a worker that is killed leaves a run that can go on', async () => {
  test.skip(process.platform === 'win32', 'Finds the worker with ps.')
  await expect(page.getByText('Best', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  for (const pid of workers(server.process.pid!)) process.kill(pid, 'SIGKILL')
  await expect(page.getByText('Interrupted', { exact: true })).toBeVisible()
  await expect(page.getByText(/Its last checkpoint is safe/)).toBeVisible()
  await look(page, 'c-interrupted')
  await page.getByRole('button', { name: 'Go on training' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeEnabled()
})

test('a server that goes away is missed, and found again', async () => {
  const port = Number(new URL(server.url).port)
  if (server) await end(server)
  await expect(page.getByText(/The connection to the server is lost/)).toBeVisible()
  server = await serve(studio.home, port, [folder])
  await expect(page.getByText(/The connection to the server is lost/)).toBeHidden({ timeout: 20_000 })
  await expect(page.getByText('Stopped', { exact: true })).toBeVisible()
})

test('strangers and wrong addresses are refused', async () => {
  const stranger = await studio.context.browser()!.newContext()
  const visitor = await stranger.newPage()
  const answer = await visitor.goto(server.url)
  expect(answer?.status()).toBe(401)
  await expect(visitor.locator('body')).toContainText('vgg-studio serve')
  const used = await visitor.goto(studio.server!.link).catch(() => null)
  expect(used?.status() ?? 401).toBeGreaterThanOrEqual(400)
  await stranger.close()
  await page.goto(`${server.url}/runs/r999`)
  await expect(page.getByRole('alert')).toContainText('r999')
  await page.goto(`${server.url}/no/such/view`)
  await expect(page.getByText('There is nothing at this address.')).toBeVisible()
  await page.goto(`${server.url}/data?import=/etc`)
  await expect(page.getByRole('alert')).toBeVisible()
})

/** The processes that train, below the server. */
function workers(parent: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const all = rows.map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)).filter((match) => match !== null)
  const below = (pid: number): number[] => {
    const children = all.filter(([, , ppid]) => Number(ppid) === pid)
    return children.flatMap(([, child, , text]) => [
      ...(text!.includes('jobs/worker') ? [Number(child)] : []),
      ...below(Number(child)),
    ])
  }
  return below(parent)
}
