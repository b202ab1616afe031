import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, go, screenshot, seen, test, tinyRun } from './application.ts'

/** One person's first hour in the real window, in order. */
test.describe.configure({ mode: 'serial' })

const sample = join(import.meta.dirname, '../../../resources/sample/clipart/fruit')

test('a first start offers the samples, and one is imported', async ({ application }) => {
  const { page, electron, home } = application
  // The server has the person's environment.
  expect(await page.evaluate('fetch("/api/system").then((answer) => answer.json())')).toMatchObject({ home })
  await expect(page.getByRole('heading', { name: 'Begin with labeled images' })).toBeVisible()
  await screenshot(application, '1-start')
  await page.getByRole('button', { name: 'Use Clip art' }).click()
  await page.waitForURL(/\/data\/d1/)
  await page.getByRole('link', { name: 'Images', exact: true }).click()
  await expect(page.getByText('360 images').first()).toBeVisible()
  await expect(page.getByRole('gridcell').first().getByRole('img')).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'animals' })).toBeVisible()
  await screenshot(application, '2-data-set')
  const title = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getTitle())
  await expect.poll(title).toBe('clipart · VGG Studio')
})

test('a run is planned, trained and watched: the taskbar shows how far, and the machine stays awake for it', async ({
  application,
}) => {
  const { page, electron } = application
  await go(page, tinyRun({ epochs: 3 }))
  await expect(page.getByText('What the network will see')).toBeVisible()
  await screenshot(application, '3-plan')
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.blur())
  expect((await seen(electron)).blockers).toEqual([])
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect.poll(async () => (await seen(electron)).blockers.length).toBe(1)
  await expect(page.getByRole('img', { name: 'Loss' })).toBeVisible({ timeout: 30_000 })
  await screenshot(application, '4-training')
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect.poll(async () => (await seen(electron)).blockers.length).toBe(0)
  const { progress } = await seen(electron)
  expect(progress.some((value) => value > 0 && value < 1)).toBe(true)
  expect(progress.at(-1)).toBe(-1)
})

test('it is evaluated, and a cell of its confusion matrix opened', async ({ application }) => {
  const { page } = application
  await page.getByRole('link', { name: 'Results' }).click()
  await page.getByRole('button', { name: 'Evaluate' }).click()
  await page.waitForURL(/\/evaluations\/e\d+/, { timeout: 30_000 })
  const matrix = page.getByRole('application')
  await matrix.focus()
  await matrix.press('ArrowDown')
  await matrix.press('Enter')
  await expect(page).toHaveURL(/label=1&predicted=0/)
  await expect(page.getByRole('heading', { name: 'cards predicted as animals' })).toBeVisible()
  await screenshot(application, '5-evaluation')
})

test('it is exported, and shown in the file manager by its id', async ({ application }) => {
  const { page, electron, home } = application
  await go(page, '/runs/r1?tab=results')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.waitForURL(/\/exports\/x\d+/, { timeout: 60_000 })
  await expect(page.getByText('Same answers as the run')).toBeVisible()
  await screenshot(application, '6-export')
  await page.evaluate('studio.reveal({ export: "x1" })')
  const [revealed] = (await seen(electron)).revealed
  expect(revealed).toContain(join(home, 'exports'))
})

test('an image of the person’s own is tried', async ({ application }) => {
  const { page } = application
  await go(page, '/try')
  await page.getByLabel('Choose images…').setInputFiles(join(sample, readdirSync(sample)[0]!))
  await expect(page.getByRole('list', { name: 'Answers' })).toContainText('%')
  await screenshot(application, '7-try')
})
