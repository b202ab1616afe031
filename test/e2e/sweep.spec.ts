import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudioWindow, runCommand, type StudioWindow } from './studio.ts'

const sample = join(import.meta.dirname, '../../resources/sample/fashion-mnist')
/** Trainings of seconds. */
const set = {
  network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32, batchNorm: true },
  data: { crop: 32, scale: { min: 37, max: 37 } },
  optimization: { epochs: 2, batchSize: 32 },
  initialization: { kind: 'he' },
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
}

/** A sweep, planned as one in the window. */
test.describe.configure({ mode: 'serial' })

let studio: StudioWindow
let page: Page

const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)

test.beforeAll(async () => {
  test.setTimeout(400_000)
  studio = await openStudioWindow(test.info().project.name)
  page = studio.page
  expect(runCommand(studio.home, 'import', sample).status).toBe(0)
})

test.afterAll(async () => {
  await studio?.close()
})

test('combinations are shown before, too many refused; the best of a sweep is continued from', async () => {
  test.setTimeout(900_000)
  await go(`/runs/new?dataset=d1&preset=small-images&set=${encodeURIComponent(JSON.stringify(set))}`)
  await page.getByRole('button', { name: 'Sweep', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled()
  const runs = page.getByRole('region', { name: 'Runs', exact: true })
  await runs.getByLabel('Learning rate').fill('0.003, 0.03')
  await runs.getByLabel('Seed').fill('0, 1')
  await expect(runs.getByRole('row')).toHaveCount(5)
  await runs.getByLabel('Most runs').fill('3')
  await expect(runs.getByText('That makes 4 runs, more than 3.')).toBeVisible()
  await runs.getByLabel('Most runs').fill('4')
  await runs.getByRole('spinbutton', { name: 'Halve after epochs' }).fill('1')
  await expect(runs.getByRole('row')).toHaveCount(5)
  await look(page, 'sweep-1-plan')
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/plans\/p1$/)
  await expect(page.getByRole('status').first()).toContainText('Done', { timeout: 600_000 })
  await expect(page.getByRole('row')).toHaveCount(5)
  await expect(page.getByRole('img', { name: 'Settings of each run, and what it reached' })).toBeVisible()
  await look(page, 'sweep-2-done')
  await page.getByRole('link', { name: /^New run from the best/ }).click()
  await expect(page).toHaveURL(/\/runs\/new\?from=r\d&checkpoint=best/)
})

test('plans are a list; one is forgotten, which its runs outlive, and taken back', async () => {
  await go('/runs')
  await page.getByRole('link', { name: '1 plan', exact: true }).click()
  await expect(page).toHaveURL(/\/plans$/)
  const plan = page.getByRole('row', { name: /Sweep/ })
  await expect(plan).toContainText('4 of 4')
  await look(page, 'sweep-3-plans')
  await plan.getByRole('button', { name: /^Delete/ }).click()
  await expect(page.getByText('No plans yet')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(plan).toBeVisible()
  expect(runCommand(studio.home, 'runs', '--plans').stdout).toMatch(/^p1 .* sweep .* 4\/4 .*%/m)
  expect(runCommand(studio.home, 'delete', 'p1').stdout).toContain('Its runs stay.')
  await go('/runs')
  await expect(page.getByRole('row')).toHaveCount(5)
  await expect(page.getByRole('link', { name: '1 plan', exact: true })).toHaveCount(0)
})

test('a paused plan says so wherever it stands, and goes on', async () => {
  test.setTimeout(400_000)
  const long = { ...set, optimization: { ...set.optimization, epochs: 200 } }
  await go(`/runs/new?dataset=d1&preset=small-images&set=${encodeURIComponent(JSON.stringify(long))}`)
  await page.getByRole('button', { name: 'Sweep', exact: true }).click()
  await page.getByRole('region', { name: 'Runs', exact: true }).getByLabel('Seed').fill('0, 1')
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/plans\/p\d+$/)
  const plan = new URL(page.url()).pathname
  const state = page.getByRole('status').first()
  const first = page.getByRole('row').nth(1)
  await expect(first).toContainText('Running', { timeout: 120_000 })
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(state).toContainText('Paused', { timeout: 60_000 })
  await expect(first).toContainText('Paused')
  await page.reload()
  await expect(state).toContainText('Paused')
  await expect(first).toContainText('Paused')
  await expect(page.getByRole('main')).not.toContainText('Running')
  await go('/plans')
  const row = page.getByRole('row').filter({ hasText: 'Paused' })
  await expect(row).toHaveCount(1)
  await go('/runs')
  await expect(page.getByRole('row').filter({ hasText: 'Paused' })).toHaveCount(1)
  await expect(page.getByRole('row').filter({ hasText: 'Running' })).toHaveCount(0)
  await go(plan)
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(state).not.toContainText('Paused')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(state).toContainText('Stopped', { timeout: 60_000 })
  expect(runCommand(studio.home, 'delete', plan.replace('/plans/', '')).status).toBe(0)
})
