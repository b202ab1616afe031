import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudioWindow, runCommand, type StudioWindow } from './studio.ts'

const sample = join(import.meta.dirname, '../../resources/sample/fashion-mnist')
/** A training of seconds, which diverges at once. */
const daring = [
  ...['train', sample, '--name', 'daring', '--batch-norm', '--crop', '32', '--scale', '36'],
  ...['--epochs', '1', '--batch', '32', '--learning-rate', '1e30', '--initialization', 'he'],
  ...['--engine', 'onnxruntime', '--device', 'cpu', '--precision', 'fp32', '--skip-trials'],
  ...['--set', 'network.widthMultiplier=0.1', '--set', 'network.fcWidth=32'],
]

/** A run is done once more with changes: in the window and from the command line. */
test.describe.configure({ mode: 'serial' })

let studio: StudioWindow
let page: Page

const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)
const cli = (...words: readonly string[]) => runCommand(studio.home, ...words)

test.beforeAll(async () => {
  test.setTimeout(400_000)
  studio = await openStudioWindow(test.info().project.name)
  page = studio.page
  expect(cli(...daring).status).toBe(1)
})

test.afterAll(async () => {
  await studio?.close()
})

test('a failed run is done again with changes, which stand beside its name', async () => {
  test.setTimeout(400_000)
  await go('/runs/r1')
  await page.getByRole('link', { name: 'Again with changes' }).click()
  await expect(page).toHaveURL(/\/runs\/new\?like=r1$/)
  await expect(page.getByText('Again: daring')).toBeVisible()
  await page.getByText('Optimization', { exact: true }).click()
  await expect(page.getByLabel('Learning rate', { exact: true })).toHaveValue('1e+30')
  await page.getByLabel('Learning rate', { exact: true }).fill('0.02')
  await look(page, 'again-1-plan')
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled()
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r2$/)
  await expect(page.getByText('learning rate 0.02')).toBeVisible()
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 240_000 })
  await look(page, 'again-2-run')
})

test('the command line does the same, and both tell what is changed', async () => {
  test.setTimeout(400_000)
  const words = ['train', '--like', 'r2', '--set', 'seed=5', '--set', 'optimization.batchSize=16']
  expect(cli(...words).status).toBe(0)
  expect(cli('show', 'r3').stdout).toContain(
    'like run r2 “fashion-mnist-A-bn”, but with optimization.batchSize 16 (was 32), seed 5 (was 0)',
  )
  expect(cli('runs').stdout).toMatch(/r3 .*r2: batch.*, seed 5/)
  await go('/runs')
  const row = page.getByRole('row', { name: /r3|batch size 16/ })
  await expect(row).toContainText('batch size 16 images, seed 5')
  await row.getByRole('checkbox').check()
  await look(page, 'again-3-list')
  await page.getByRole('link', { name: 'Again with changes' }).click()
  await expect(page).toHaveURL(/like=r3$/)
})
