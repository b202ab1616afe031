import { chromium, expect, type Page } from '@playwright/test'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../e2e/studio.ts'
import { tinyRun } from '../electron/real/application.ts'

const apple = join(import.meta.dirname, '../../resources/sample/clipart/fruit/apple.png')

const isRoot = process.getuid?.() === 0

/** “nobody”: Chromium has no sandbox for root, but for a person without rights where the system lets one have it. */
const nobody = { uid: 65534, gid: 65534 }
export const hasSandbox = !isRoot || spawnSync('unshare', ['--user', 'true'], nobody).status === 0
const person: Partial<typeof nobody> = isRoot && hasSandbox ? nobody : {}

export const surroundings = [...(hasSandbox ? [] : ['--no-sandbox']), '--disable-gpu']

/** An installed application, and the folder of the person who starts it. */
export interface Installed {
  readonly program: string
  readonly person: string
}

/** Where it keeps what it makes. */
export const homeOf = ({ person: folder }: Installed): string => join(folder, 'studio')

/** @param folder will be the person's home; removed by the caller */
export function installedFor(folder: string, program: string): Installed {
  mkdirSync(folder, { recursive: true })
  own(folder)
  copyFileSync(apple, join(folder, 'apple.png'))
  // Xvfb's key is its starter's.
  const key = process.env['XAUTHORITY']
  if (key && existsSync(key)) {
    copyFileSync(key, join(folder, '.Xauthority'))
    own(join(folder, '.Xauthority'))
  }
  return { program, person: folder }
}

function own(path: string): void {
  if (person === nobody) chownSync(path, nobody.uid, nobody.gid)
}

function options(installed: Installed) {
  const { person: folder } = installed
  const key = join(folder, '.Xauthority')
  const places = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), VGG_STUDIO_HOME: homeOf(installed) }
  const env = { ...process.env, ...places, ...(existsSync(key) && { XAUTHORITY: key }) }
  return { ...person, env, cwd: folder }
}

/** What it says, and how it ends. */
export function runInstalled(
  installed: Installed,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
) {
  const { env, ...rest } = options(installed)
  return spawnSync(installed.program, [...surroundings, ...args], {
    ...rest,
    env: { ...env, ...variables },
    encoding: 'utf8',
    timeout: 150_000,
  })
}

/** Through Chromium's own door: fuses close that of Node, which Playwright's Electron uses. */
export async function withWindow(
  installed: Installed,
  use: (page: Page, program: ChildProcess) => Promise<void>,
): Promise<void> {
  const port = await freePort()
  const child = spawn(installed.program, [...surroundings, `--remote-debugging-port=${port}`], {
    ...options(installed),
    stdio: 'ignore',
  })
  try {
    // What connects while the page is being loaded may wait forever.
    await expect(async () => {
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        title: string
      }[]
      expect(targets.map(({ title }) => title)).toEqual([expect.stringContaining(' · VGG Studio')])
    }).toPass({ timeout: 90_000 })
    // Its defaults ask for contexts beside the default one, which Electron 22 has not.
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
    const context = browser.contexts()[0]!
    await expect.poll(() => context.pages().length).toBe(1)
    // Closing the connection takes half a minute then; the application's end closes it too.
    await use(context.pages()[0]!, child)
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
  }
}

/** A person's first hour: the sample, a training, its evaluation, a cell, an export, an image. */
export async function mainFlow(
  page: Page,
  { person: folder }: Installed,
  whileTraining = (): void => undefined,
): Promise<void> {
  const go = (path: string) => page.goto(new URL(path, page.url()).href)
  await page.getByRole('button', { name: 'Use Clip art' }).click({ timeout: 60_000 })
  await page.waitForURL(/\/data\/d1/, { timeout: 60_000 })
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
  await expect(page.getByText('Same answers as the run')).toBeVisible()
  await go('/try')
  await page.getByLabel('Choose images…').setInputFiles(join(folder, 'apple.png'))
  await expect(page.getByRole('list', { name: 'Answers' })).toContainText('%', { timeout: 60_000 })
}
