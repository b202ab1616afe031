import { chromium, expect, type Page } from '@playwright/test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../e2e/studio.ts'
import { tinyRun } from '../electron/real/application.ts'

const apple = join(import.meta.dirname, '../../resources/sample/clipart/fruit/apple.png')

/** An installed application, and where it keeps what it makes. */
export interface Installed {
  readonly program: string
  readonly home: string
}

export const environment = ({ home }: Installed) => ({ ...process.env, VGG_STUDIO_HOME: home })

/** Chromium has no sandbox for root. */
export const surroundings = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu']

/** Through Chromium's own door: fuses close that of Node, which Playwright's Electron uses. */
export async function withWindow(installed: Installed, use: (page: Page) => Promise<void>): Promise<void> {
  const port = await freePort()
  const data = `--user-data-dir=${join(installed.home, 'window')}`
  const child = spawn(installed.program, [...surroundings, data, `--remote-debugging-port=${port}`], {
    env: environment(installed),
    stdio: 'ignore',
  })
  try {
    await expect(async () => void (await fetch(`http://127.0.0.1:${port}/json/version`))).toPass({
      timeout: 90_000,
    })
    // Its defaults ask for contexts beside the default one, which Electron 22 has not.
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
    const context = browser.contexts()[0]!
    await expect.poll(() => context.pages().length).toBe(1)
    // Closing the connection takes half a minute then; the application's end closes it too.
    await use(context.pages()[0]!)
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

/** A person's first hour: the sample, a training, its evaluation, a cell, an export, an image. */
export async function mainFlow(page: Page, whileTraining = (): void => undefined): Promise<void> {
  const go = (path: string) => page.goto(new URL(path, page.url()).href)
  await page.getByRole('button', { name: 'Use Clip art' }).click({ timeout: 60_000 })
  await page.getByRole('link', { name: 'clipart', exact: true }).click({ timeout: 60_000 })
  await expect(page.getByText('360 images').first()).toBeVisible()
  await go(tinyRun({ epochs: 1 }))
  await page.getByRole('button', { name: 'Start training' }).click({ timeout: 60_000 })
  await page.waitForURL(/\/runs\/r1$/)
  whileTraining()
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 120_000 })
  await page.getByRole('link', { name: 'Results' }).click()
  await page.getByRole('button', { name: 'Evaluate' }).click()
  await page.waitForURL(/\/evaluations\/e\d+/, { timeout: 60_000 })
  const matrix = page.getByRole('application')
  await matrix.focus()
  await matrix.press('ArrowDown')
  await matrix.press('Enter')
  await expect(page.getByRole('heading', { name: 'cards predicted as animals' })).toBeVisible()
  await page.screenshot({ path: 'test-results/screenshots/package.png' })
  await go('/runs/r1?tab=results')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.waitForURL(/\/exports\/x\d+/, { timeout: 60_000 })
  await expect(page.getByText('Equal within rounding')).toBeVisible()
  await go('/try')
  await page.locator('input[type=file]').setInputFiles(apple)
  await expect(page.getByRole('list', { name: 'Answers' })).toContainText('%', { timeout: 60_000 })
}
