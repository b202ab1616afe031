import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudioWindow, runCommand, type StudioWindow } from './studio.ts'

const sample = join(import.meta.dirname, '../../resources/sample/fashion-mnist')
/** Trainings of seconds. */
const set = {
  network: { config: 'B', widthMultiplier: 0.1, fcWidth: 32, batchNorm: true },
  data: { crop: 32, scale: { min: 37, max: 37 } },
  optimization: { epochs: 1, batchSize: 32, learningRate: 0.01 },
  initialization: { kind: 'he' },
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
}

/** The paper's staged training, planned as one in the window. */
test.describe.configure({ mode: 'serial' })

let studio: StudioWindow
let page: Page

const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)
const cli = (...words: readonly string[]) => runCommand(studio.home, ...words)

test.beforeAll(async () => {
  test.setTimeout(400_000)
  studio = await openStudioWindow(test.info().project.name)
  page = studio.page
  expect(cli('import', sample).status).toBe(0)
})

test.afterAll(async () => {
  await studio?.close()
})

test('stages are shown with their cost, start as one, and become a lineage', async () => {
  test.setTimeout(600_000)
  await go(`/runs/new?dataset=d1&preset=small-images&set=${encodeURIComponent(JSON.stringify(set))}`)
  await page.getByRole('button', { name: 'In stages, as in the paper' }).click()
  const stages = page.getByRole('region', { name: 'Runs', exact: true })
  await expect(stages.getByRole('row')).toHaveCount(5)
  await expect(stages.getByRole('row').nth(4)).toContainText('37–73')
  await look(page, 'staged-1-plan')
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/plans\/p1$/)
  await expect(page.getByRole('heading', { name: 'fashion-mnist-B-staged' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'fashion-mnist-B-staged-1' })).toBeVisible({ timeout: 120_000 })
  await look(page, 'staged-2-working')
  await expect(page.getByRole('link', { name: 'fashion-mnist-B-staged-4' })).toBeVisible({ timeout: 400_000 })
  await expect(page.getByRole('status').first()).toContainText('Done', { timeout: 120_000 })
  await look(page, 'staged-3-done')
  await page.getByRole('link', { name: 'fashion-mnist-B-staged-4' }).click()
  const lineage = page.getByRole('list', { name: 'Lineage' })
  await expect(lineage.getByRole('listitem')).toHaveCount(4)
  await expect(page.getByRole('link', { name: 'part 4 of p1' })).toBeVisible()
  await look(page, 'staged-4-run')
})

test('the command line shows the same lineage', () => {
  expect(cli('show', 'p1').stdout).toContain('“fashion-mnist-B-staged” on fashion-mnist version 1: completed')
  expect(cli('show', 'r4').stdout).toContain('lineage: r1 A S 37 → r2 B S 37 → r3 B S 55 → r4 B S 37–73')
})
