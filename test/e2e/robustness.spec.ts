import { expect, test, type Page } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { look } from './look.ts'
import { answerFolder, end, openStudioWindow, serve, type Server, type StudioWindow } from './studio.ts'

/** What goes wrong in a real life: broken files, a dead worker, a server that goes away, strangers. */
test.describe.configure({ mode: 'serial' })

const samples = join(import.meta.dirname, '../../resources/sample/clipart')
let folder: string
let studio: StudioWindow
let page: Page
/** Null in Electron, which has its own. */
let server: Server | null
let inElectron = false

/** Twenty pictures in two classes, one cut off, one that is text, and a copy with another label. */
function makeBrokenFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-e2e-images-'))
  for (const name of ['fruit', 'signs']) {
    mkdirSync(join(folder, name))
    for (const file of pngs(name).slice(0, 20)) cpSync(join(samples, name, file), join(folder, name, file))
  }
  const [first, second] = pngs('fruit')
  truncateSync(join(folder, 'fruit', first!), 900)
  writeFileSync(join(folder, 'fruit', 'notes.jpg'), 'no picture at all')
  cpSync(join(samples, 'fruit', second!), join(folder, 'signs', 'copy.png'))
  return folder
}

const pngs = (name: string): string[] =>
  readdirSync(join(samples, name))
    .filter((file) => file.endsWith('.png'))
    .sort()

test.beforeAll(async () => {
  folder = makeBrokenFolder()
  studio = await openStudioWindow(test.info().project.name, [folder])
  ;({ page, server } = studio)
  inElectron = studio.electron !== null
})

test.afterAll(async () => {
  await studio?.close()
  if (server) await end(server)
  rmSync(folder, { recursive: true, force: true })
})

test('a folder with broken files is imported; each file says what is wrong with it', async () => {
  if (studio.electron) await answerFolder(studio.electron, folder)
  await page.getByRole('button', { name: 'Choose a folder…' }).click()
  if (!inElectron) {
    await page.getByRole('button', { name: folder.split('/').at(-1)! }).click()
    await look(page, 'a-folder-picker')
    await page.getByRole('button', { name: 'Import this folder' }).click()
  }
  await expect(page.getByText('fruit, signs')).toBeVisible()
  await page.getByLabel('Name').fill('broken')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.waitForURL(/\/data\/d1\?tab=health$/, { timeout: 30_000 })
  await page.getByRole('button', { name: 'Show 2 files' }).click()
  await expect(page.getByText('notes.jpg').first()).toBeVisible()
  await look(page, 'b-problems')
})

const set = JSON.stringify({
  optimization: { epochs: 600, batchSize: 16 },
  network: { widthMultiplier: 0.125 },
  // Said, so that nothing has to be tried first.
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
})
const longRun = `/runs/new?preset=small-images&set=${encodeURIComponent(set)}`

test('a long run is started', async () => {
  await go(longRun)
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect(page.getByText(/Epoch \d+ of 600/).first()).toBeVisible()
})

test('another is planned meanwhile; it waits in the queue, which says at which place', async () => {
  const run = page.url()
  await go(longRun)
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/queue\?job=j\d+$/)
  const waiting = page.getByRole('region', { name: 'Waiting' }).getByRole('listitem')
  await expect(waiting).toHaveCount(1)
  await expect(waiting).toContainText(/^1/)
  await expect(waiting).toContainText(/starts (in about|within)/)
  await waiting.getByRole('button', { name: 'Cancel' }).click()
  await expect(waiting).toHaveCount(0)
  await page.goto(run)
})

test('two windows show the same run', async () => {
  test.skip(inElectron, 'Electron has one window: starting it again shows that one.')
  const other = await studio.context.newPage()
  await other.goto(page.url())
  await expect(other.getByText(/Epoch \d+ of 600/).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeEnabled()
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('Space')
  await expect(other.getByRole('button', { name: 'Resume' })).toBeVisible()
  await other.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  await other.close()
})

test('a worker that is killed leaves a run that can be resumed', async () => {
  test.skip(process.platform === 'win32', 'Finds the worker with ps.')
  await expect(page.getByText('Best', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  for (const pid of processes('jobs/process/trainer')) process.kill(pid, 'SIGKILL')
  await expect(page.getByText('Interrupted', { exact: true })).toBeVisible()
  await expect(page.getByText(/Its last checkpoint is safe/)).toBeVisible()
  await look(page, 'c-interrupted')
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeEnabled()
})

test('a server that goes away is missed, and found again', async () => {
  const lost = page.getByText(/The connection to the server was lost/)
  if (server) {
    const port = Number(new URL(server.url).port)
    await end(server, 'SIGKILL')
    await expect(lost).toBeVisible()
    await expect(page.getByText(/last heard at \d/)).toBeVisible()
    // Nobody can know any more: what is shown is what was seen.
    await expect(page.getByText(/Last seen running: \S/)).toBeVisible()
    await expect(page.getByRole('status').getByText('Last seen running')).toBeVisible()
    await look(page, 'd-lost')
    server = await serve(studio.home, port, [folder])
  } else {
    test.skip(process.platform === 'win32', 'Finds the server with ps.')
    // Electron starts it again by itself.
    for (const pid of processes('core/server/launch')) process.kill(pid, 'SIGKILL')
    await expect(lost).toBeVisible()
  }
  await expect(lost).toBeHidden({ timeout: 20_000 })
  await expect(page.getByText(/^(Stopped|Interrupted)$/)).toBeVisible()
})

test('strangers are refused', async () => {
  test.skip(server === null, 'Electron opens no door for them: there is no port.')
  const { url, link } = server!
  const stranger = await studio.context.browser()!.newContext()
  const visitor = await stranger.newPage()
  const answer = await visitor.goto(url)
  expect(answer?.status()).toBe(401)
  await expect(visitor.locator('body')).toContainText('vgg-studio serve')
  const first = await visitor.goto(link)
  expect(first?.status()).toBe(200)
  // The page behind the link opens the window by itself.
  await visitor.waitForURL(url)
  await stranger.clearCookies()
  const used = await visitor.goto(link)
  expect(used?.status()).toBe(401)
  await stranger.close()
})

test('wrong addresses, and folders that nobody chose, are refused', async () => {
  await go('/runs/r999')
  await expect(page.getByRole('alert')).toContainText('r999')
  await go('/no/such/view')
  await expect(page.getByText('There is nothing at this address.')).toBeVisible()
  await go('/data?import=/etc')
  await expect(page.getByRole('alert')).toBeVisible()
})

/** Where a link or the address bar would lead. */
const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)

/** Processes of the studio, below the one that was started, by what stands in their command. */
function processes(what: string): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const all = rows.map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)).filter((match) => match !== null)
  const below = (pid: number): number[] => {
    const children = all.filter(([, , ppid]) => Number(ppid) === pid)
    return children.flatMap(([, child, , text]) => [
      ...(text!.includes(what) ? [Number(child)] : []),
      ...below(Number(child)),
    ])
  }
  return below((server?.process ?? studio.electron!.process()).pid!)
}
