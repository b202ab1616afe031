import { chromium, expect, test } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { remove, smallFolder, tinyRecipe } from '../server/support.ts'
import { browserArguments, findBrowser } from './browser.ts'
import { needWorld, newHome } from './studio.ts'

const root = resolve(import.meta.dirname, '../..')

test('a report opens offline, asks nothing of any network, and shows its pictures in light and dark', async () => {
  needWorld(test.info().project.name)
  test.setTimeout(240_000)
  const home = newHome()
  const folder = smallFolder()
  const file = join(home, 'report.html')
  const recipe = join(home, 'recipe.json')
  writeFileSync(recipe, JSON.stringify(tinyRecipe))
  const studio = (...words: string[]): unknown =>
    execFileSync(process.execPath, [join(root, 'core/cli/vgg-studio.js'), ...words, '--home', home], {
      cwd: root,
      stdio: 'pipe',
    })
  studio('train', folder, '--recipe', recipe, '--name', 'one')
  studio('train', 'd1', '--recipe', recipe, '--set', 'seed=1', '--name', 'two')
  for (const run of ['r1', 'r2']) studio('evaluate', run)
  studio('report', 'r1', 'r2', '--out', file)
  expect(statSync(file).size).toBeLessThan(10_000_000)

  const browser = await chromium.launch({ executablePath: findBrowser()!, args: browserArguments })
  const context = await browser.newContext({ offline: true })
  const page = await context.newPage()
  const asked: string[] = []
  const problems: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(pathToFileURL(file).href)
  const titles = [
    'Comparison',
    'Result',
    'Classes',
    'Confusion matrix',
    'Worst classes, with their surest errors',
    'Calibration',
    'Answering only where it is sure',
    'Slices',
    'Training',
    'Data set and its health',
    'Settings to repeat it',
  ]
  for (const name of titles)
    await expect(page.getByRole('heading', { name, exact: true }).first()).toBeVisible()
  const widths = await page.evaluate<number[]>('[...document.images].map((image) => image.naturalWidth)')
  expect(widths.length).toBeGreaterThan(0)
  expect(Math.min(...widths)).toBeGreaterThan(0)
  const backgrounds: unknown[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    backgrounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
  }
  expect(backgrounds[0]).not.toBe(backgrounds[1])
  // On paper it is light, whatever the window is.
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(backgrounds[0])
  expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-')
  await page.emulateMedia({ media: 'screen' })
  await expect(page.getByText(/top-1 error \(95% [\d.]+% to [\d.]+%, n = 18\)/).first()).toBeVisible()
  await expect(page.getByText(/groups of duplicates and near-duplicates/).first()).toBeVisible()
  await expect(page.getByText(/\(mean ± SD, n = 2 seeds, 18 images\)/)).toBeVisible()
  expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href])
  expect(problems).toEqual([])
  await browser.close()
  remove(folder)
  rmSync(home, { recursive: true, force: true })
})
