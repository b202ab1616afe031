import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudioWindow, runCommand, type StudioWindow } from './studio.ts'

const root = join(import.meta.dirname, '../..')
const files = join(root, 'test/fixtures/weights/files')
const weights = join(files, 'torchvision-A-legacy.pth')

/** One person's images on top of a network that others have trained. */
test.describe.configure({ mode: 'serial' })

let studio: StudioWindow
let page: Page

const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)

test.beforeAll(async () => {
  studio = await openStudioWindow(test.info().project.name, [files])
  page = studio.page
})

test.afterAll(async () => {
  await studio?.close()
})

test('without trained weights the first way to start asks for them, and says what they are', async () => {
  await page.getByRole('button', { name: 'Use Clip art' }).click()
  await page.waitForURL(/\/data\/d1/, { timeout: 60_000 })
  await go('/runs/new')
  const first = page.getByRole('button', { name: 'Your images on top of a trained network' })
  await expect(first).toBeVisible()
  await first.click()
  await expect(page.getByRole('button', { name: /^Get it \(6\d(\.\d)? MB\)$/ })).toBeVisible()
  await expect(page.getByText(/CC-BY-4\.0.*Simonyan and Andrew Zisserman/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled()
  await look(page, 'trained-1-asks')
})

test('with weights it starts from them, under their license', async () => {
  // It tries what computes here first.
  test.setTimeout(400_000)
  const say = (...words: string[]): string => {
    const { status, stderr, stdout } = runCommand(studio.home, ...words)
    expect(status, stderr).toBe(0)
    return stdout
  }
  const chosen = ['--preprocessing', 'torchvision', '--license', 'MIT', '--name', 'small']
  say('weights', 'import', weights, ...chosen)
  await page.reload()
  await expect(page.getByRole('combobox').filter({ hasText: 'small' }).first()).toBeVisible()
  await expect(page.getByText('MIT', { exact: true })).toBeVisible()
  await look(page, 'trained-2-ready')
  const set = { data: { crop: 32, scale: { min: 32, max: 32 } } }
  await go(`/runs/new?preset=fine-tune&set=${encodeURIComponent(JSON.stringify(set))}`)
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled()
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 240_000 })
  await expect(page.getByText(/MIT\. Imported weights, MIT\./)).toBeVisible()
  await look(page, 'trained-3-run')
  // Nobody said how images are prepared: it is as the weights expect, and not from the mean of these images.
  const { recipe } = JSON.parse(say('show', 'last', '--json').trim().split('\n').at(-1)!) as {
    recipe: { data: { mode: string; normalization: { mean: number[]; std: number[] } } }
  }
  expect(recipe.data.mode).toBe('pad-white')
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ]
  recipe.data.normalization.mean.forEach((level, channel) => expect(level / 255).toBeCloseTo(mean![channel]!))
  recipe.data.normalization.std.forEach((level, channel) => expect(level / 255).toBeCloseTo(std![channel]!))
})

test('a file of this machine is imported, and what is proposed for it shows its figures', async () => {
  test.setTimeout(200_000)
  await go('/settings')
  await page.getByLabel('A file of weights on this machine').fill(join(files, 'timm-D.pth'))
  await page
    .getByLabel('If the file does not say how images are prepared')
    .selectOption({ label: 'try what is known on images of clipart' })
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const own = page.getByRole('region', { name: 'timm-D' })
  await expect(own).toContainText('proposed, since it fits training images best', { timeout: 150_000 })
  await expect(own.getByRole('row')).toHaveCount(6)
  await expect(own).toContainText('Each image was classified by all others.')
  await look(page, 'trained-5-proposed')
})

test('the settings show what is here under which license, and remove it', async () => {
  await go('/settings')
  const own = page.getByRole('region', { name: 'small' })
  await expect(own).toContainText('MIT')
  await look(page, 'trained-4-settings')
  await own.getByRole('button', { name: 'Remove small' }).click()
  await expect(own).toBeHidden()
})
