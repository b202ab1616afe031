import { expect, test, type Page } from '@playwright/test'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lookSmall } from './look.ts'
import { openStudioWindow, type StudioWindow } from './studio.ts'

/** From the first start to a first result: on one's own folder of 200 images, and guided on the sample. */
test.describe.configure({ mode: 'serial', timeout: 300_000 })

const samples = join(import.meta.dirname, '../../resources/sample/clipart')
const long = { timeout: 240_000 }

let studio: StudioWindow | undefined
let folder: string

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-e2e-own-'))
  for (const name of ['animals', 'flags', 'fruit', 'signs']) {
    mkdirSync(join(folder, name))
    const files = readdirSync(join(samples, name)).filter((file) => file.endsWith('.png'))
    for (const file of files.slice(0, 50)) cpSync(join(samples, name, file), join(folder, name, file))
  }
})
test.afterEach(async () => {
  await studio?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A start in which nobody has done anything yet. */
async function firstStart(): Promise<Page> {
  studio = await openStudioWindow(test.info().project.name, [folder])
  return studio.page
}

test('one’s own folder of 200 images leads to a trained network in six clicks at most', async () => {
  const page = await firstStart()
  let clicks = 0
  const click = async (name: string | RegExp, role: 'button' | 'link' = 'button'): Promise<void> => {
    await page.getByRole(role, { name }).first().click(long)
    clicks++
  }
  const started = performance.now()
  await click('Choose a folder…')
  await click(folder.split('/').at(-1)!)
  await click('Import this folder')
  await click('Import')
  await page.waitForURL(/\/data\/d1/, long)
  await click(/Plan a run|New run|Train/, 'link')
  await click('Start training')
  await page.waitForURL(/\/runs\/r1/, long)
  await expect(page.getByRole('status').getByText('Done')).toBeVisible(long)
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(
    `First result on one’s own 200 images: ${clicks} clicks, ${seconds} s from the window’s opening.`,
  )
  await expect(page.getByText(/Best top-1/).first()).toBeVisible()
  expect(clicks).toBeLessThanOrEqual(6)
})

test('a guided first run leads from the sample to an answer, and can be skipped at any time', async () => {
  const page = await firstStart()
  await page.getByRole('button', { name: 'Show me: a first run in a minute' }).click()
  const guide = page.getByRole('complementary', { name: 'Your first run' })
  await expect(guide).toContainText('1 of 5')
  await expect(guide.getByRole('button', { name: 'Skip' })).toBeVisible()
  await lookSmall(page, '50-guide-sample')
  await guide.getByRole('button', { name: 'Use the sample' }).click()
  await expect(guide).toContainText('2 of 5', long)
  await guide.getByRole('button', { name: 'Plan a run' }).click()
  await expect(guide).toContainText('3 of 5')
  const start = page.getByRole('button', { name: 'Start training' })
  await expect(start).toHaveCSS('outline-style', 'solid')
  await lookSmall(page, '51-guide-plan')
  await start.click(long)
  await expect(guide).toContainText('4 of 5', long)
  await lookSmall(page, '52-guide-run')
  await guide.getByRole('button', { name: 'Try it' }).click(long)
  await expect(guide).toContainText('5 of 5')
  await page.locator('.examples button').first().click()
  await expect(page.getByRole('list', { name: 'Answers' })).toContainText('%', long)
  await lookSmall(page, '53-guide-try')
  await guide.getByRole('button', { name: 'Done' }).click()
  await expect(guide).toBeHidden()
  // Done with for good.
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Try it' })).toBeVisible()
  await expect(guide).toBeHidden()
})

test('who skips the guide is left alone', async () => {
  const page = await firstStart()
  await page.getByRole('button', { name: 'Show me: a first run in a minute' }).click()
  const guide = page.getByRole('complementary', { name: 'Your first run' })
  await guide.getByRole('button', { name: 'Skip' }).click()
  await expect(guide).toBeHidden()
  await expect(page.getByRole('button', { name: 'Use Clip art' })).toBeVisible()
})
