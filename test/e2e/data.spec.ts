import { expect, test, type Page } from '@playwright/test'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudioWindow, type StudioWindow } from './studio.ts'

/** A person puts a data set in order: what the health report finds, what has changed since, what waits in the queue. */
test.describe.configure({ mode: 'serial' })

const samples = join(import.meta.dirname, '../../resources/sample/clipart')
const place = mkdtempSync(join(tmpdir(), 'vgg-e2e-data-'))
const folder = join(place, 'pictures')
let studio: StudioWindow
let page: Page

const pngs = (name: string): string[] =>
  readdirSync(join(samples, name))
    .filter((file) => file.endsWith('.png'))
    .sort()

function makeFolder(): void {
  for (const name of ['animals', 'cards', 'fruit', 'signs']) {
    mkdirSync(join(folder, name), { recursive: true })
    for (const file of pngs(name).slice(0, 30)) cpSync(join(samples, name, file), join(folder, name, file))
  }
  for (const index of [2, 3, 4])
    cpSync(join(samples, 'fruit', pngs('fruit')[index]!), join(folder, 'fruit', `copy ${index}.png`))
  cpSync(join(samples, 'fruit', pngs('fruit')[6]!), join(folder, 'signs', 'a fruit.png'))
}

test.beforeAll(async () => {
  makeFolder()
  studio = await openStudioWindow('browser', [place])
  page = studio.page
})

test.afterAll(async () => {
  await studio?.close()
  rmSync(place, { recursive: true, force: true })
})

/** As the window asks, for what is not looked at here. */
const post = (path: string, body: object) =>
  page.evaluate(
    async ([to, text]) => {
      const answer = await fetch(to!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text!,
      })
      return (await answer.json()) as { job: { id: string }; path: string }
    },
    [path, JSON.stringify(body)],
  )

const bar = () => page.getByRole('complementary', { name: 'Corrections' })

test('duplicates are left out and a label is put right, with undo, as the next version', async () => {
  const { path } = await post('/api/folders/choose', { path: folder })
  await post('/api/datasets/import', { source: path, name: 'pictures' })
  await page.getByRole('link', { name: 'pictures', exact: true }).click({ timeout: 30_000 })
  await page.getByRole('link', { name: /^Health/ }).click()
  await page.getByRole('button', { name: 'Keep the first of each, leave out 3' }).click()
  await expect(bar()).toContainText('3 corrections wait')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(bar()).toBeHidden()
  await page.getByRole('button', { name: 'Keep the first of each, leave out 3' }).click()
  await page.getByRole('link', { name: 'New run with padding' }).click()
  await expect(page.getByText('1 changed')).toBeVisible()
  await page.goBack()
  const conflict = page.getByRole('article').filter({ hasText: 'duplicates have different labels' })
  await conflict.getByRole('button', { name: 'Show the groups' }).click()
  const pictures = conflict.getByRole('listitem').first().getByRole('link')
  await pictures.first().focus()
  await page.keyboard.press('ArrowRight')
  await expect(pictures.nth(1)).toBeFocused()
  const choice = conflict.getByRole('group', { name: 'The right class' })
  await choice.getByRole('button', { name: 'None of them: leave out' }).click()
  await expect(bar()).toContainText('3 left out, 2 mislabeled')
  await choice.getByLabel('Another class').selectOption('cards')
  await expect(bar()).toContainText('3 left out, 2 relabeled')
  await choice.getByRole('button', { name: 'fruit', exact: true }).click()
  await expect(choice.getByRole('button', { name: 'fruit', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await expect(conflict.getByText('Will be fruit')).toBeVisible()
  await expect(bar()).toContainText('3 left out, 1 relabeled')
  await look(page, 'd1-corrections')
  await page.reload()
  await expect(bar()).toContainText('4 corrections wait')
  await bar().getByRole('button', { name: 'Apply as version 2' }).click()
  await page.waitForURL(/\/data\/d2\?tab=health/, { timeout: 30_000 })
  await expect(page.getByText('3 files are left out on purpose')).toBeVisible()
  await expect(page.getByText('different labels')).toBeHidden()
  await expect(page.getByText('121 images').first()).toBeVisible()
})

test('an image of the address is in sight; the open panel follows the arrows, and escape leaves field, then panel', async () => {
  await page.goto(`${new URL(page.url()).origin}/data/d2?image=100&class=3`)
  const chosen = page.getByRole('gridcell', { selected: true })
  await expect(chosen).toBeInViewport({ ratio: 0.9 })
  const panel = page.getByRole('complementary').filter({ hasText: 'px' })
  const title = await panel.getByRole('heading').innerText()
  await chosen.click()
  await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(/image=101/)
  await expect(chosen).toBeFocused()
  await expect(panel.getByRole('heading')).not.toHaveText(title)
  const search = page.getByRole('searchbox', { name: 'Search file names' })
  await page.keyboard.press('/')
  await search.pressSequentially('a')
  await page.goto(`${new URL(page.url()).origin}/data/d2?image=101&search=a`)
  await search.focus()
  await page.keyboard.press('Escape')
  await expect(search).not.toBeFocused()
  await expect(search).toHaveValue('a')
  await expect(panel).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(panel).toBeHidden()
  await page.goto(`${new URL(page.url()).origin}/data/d2`)
})

test('the report leaves no text covered at 1024 pixels', async () => {
  await page.setViewportSize({ width: 1024, height: 700 })
  await page.goto(`${new URL(page.url()).origin}/data/d1?tab=health`)
  for (const heading of await page.getByRole('article').getByRole('heading').all())
    expect((await heading.boundingBox())!.width).toBeGreaterThan(330)
  await page.goto(`${new URL(page.url()).origin}/data`)
  const [picture, name] = [page.locator('.thumbs').first(), page.locator('a.name').first()]
  const [{ x, width }, { x: after }] = [(await picture.boundingBox())!, (await name.boundingBox())!]
  expect(x + width).toBeLessThanOrEqual(after)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`${new URL(page.url()).origin}/data/d2`)
})

test('a folder is reached by its path; what is not allowed names the option that allows it', async () => {
  await page.goto(`${new URL(page.url()).origin}/data?import=choose`)
  const path = page.getByRole('textbox', { name: 'Path of the folder' })
  await expect(page.getByText('serve --folder PATH')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Imported before' })).toContainText('pictures')
  await path.fill(`"${folder}"`)
  await path.press('Enter')
  await expect(page.getByRole('button', { name: 'animals' })).toBeVisible()
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'animals' }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('button', { name: 'cards' })).toBeFocused()
  await page.getByRole('searchbox', { name: 'Filter folders' }).fill('zebra')
  await expect(page.getByText('No folder here has “zebra” in its name.')).toBeVisible()
  await expect(page.getByText('There are no folders in here.')).toBeHidden()
  await path.fill('/etc')
  await path.press('Enter')
  await expect(page.getByText('vgg-studio serve --folder /etc')).toBeVisible()
  await look(page, 'd0-picker')
  await path.press('Escape')
  await expect(path).toBeHidden()
  await page.goto(`${new URL(page.url()).origin}/data/d2`)
})

test('an image is marked in the grid by key; what was applied can be taken back', async () => {
  await page.getByRole('link', { name: 'Images', exact: true }).click()
  await page.getByRole('gridcell').nth(1).click()
  const panel = page.getByRole('complementary').filter({ hasText: 'px' })
  await expect(panel).toContainText('animals')
  await page.keyboard.press('x')
  await expect(panel).toContainText('Will be left out')
  await panel.getByRole('button', { name: 'Mislabeled' }).click()
  await expect(panel).toContainText('Will be left out as mislabeled')
  await expect(page.getByRole('gridcell').nth(1)).toContainText('Mislabeled')
  await look(page, 'd2-marked')
  await page.getByRole('link', { name: /^Corrections/ }).click()
  await page.getByRole('button', { name: /Take back: fruit\/copy 2/ }).click()
  await expect(bar()).toContainText('1 mislabeled, 1 taken back')
  await look(page, 'd3-corrections')
  await bar().getByRole('button', { name: 'Discard all' }).click()
  await expect(bar()).toBeHidden()
})

test('what changed in the folder shows when it is opened, and becomes the next version', async () => {
  rmSync(join(folder, 'cards', pngs('cards')[0]!))
  cpSync(join(samples, 'cards', pngs('cards')[40]!), join(folder, 'cards', 'new.png'))
  renameSync(join(folder, 'cards', pngs('cards')[1]!), join(folder, 'cards', 'renamed.png'))
  await page.goto(`${new URL(page.url()).origin}/data/d2`)
  await expect(page.getByText('Since the import: 1 missing, 1 moved, 1 new.')).toBeVisible()
  await look(page, 'd4-changes')
  await page.getByRole('link', { name: 'Show the files' }).click()
  await expect(page.getByText('cards/new.png')).toBeVisible()
  await page.getByRole('button', { name: 'Read and compare all files' }).click()
  await expect(page.getByText('All files were read and compared.')).toBeVisible()
  await look(page, 'd5-folder')
  await page.getByRole('button', { name: 'Import as version 3' }).click()
  await page.waitForURL(/\/data\/d3\?tab=folder/, { timeout: 30_000 })
  await expect(page.getByText('No file has changed since the import.')).toBeVisible()
})

test('a folder that moved is found again', async () => {
  renameSync(folder, join(place, 'elsewhere'))
  await page.goto(`${new URL(page.url()).origin}/data/d3`)
  await expect(page.getByText('The folder was moved or removed')).toBeVisible()
  await page.getByRole('link', { name: 'The folder has moved…' }).click()
  await page.getByRole('button', { name: 'The folder has moved…' }).click()
  await page.getByRole('button', { name: place }).click()
  await page.getByRole('button', { name: 'elsewhere' }).click()
  await page.getByRole('button', { name: 'Use this folder' }).click()
  await expect(page.getByText(/It is in .*elsewhere now/)).toBeVisible()
  await expect(page.getByText('The folder was moved or removed')).toBeHidden()
  await expect(page.getByText('No file has changed since the import.')).toBeVisible()
})

test('what waits is moved by key, held and canceled', async () => {
  const recipe = {
    network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32 },
    data: { crop: 32, scale: 36 },
    optimization: { epochs: 200, batchSize: 16 },
    initialization: { kind: 'he' },
  }
  for (const name of ['first', 'second', 'third', 'fourth'])
    await post('/api/runs', { dataset: 'd3', name, recipe })
  await page.keyboard.press('g')
  await page.keyboard.press('q')
  await expect(page).toHaveURL(/\/queue/)
  const rows = page.getByRole('region', { name: 'Waiting' }).getByRole('listitem')
  await expect(rows).toHaveCount(3)
  const ids = () => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-job')))
  const [a, b, c] = await ids()
  await rows.nth(2).getByRole('button', { name: /up$/ }).focus()
  await page.keyboard.press('ArrowUp')
  await expect.poll(ids).toEqual([a, c, b])
  await page.keyboard.press('Home')
  await expect.poll(ids).toEqual([c, a, b])
  await page.keyboard.press('Enter')
  await rows.nth(2).dragTo(rows.nth(1))
  await expect.poll(ids).toEqual([c, b, a])
  await rows.nth(0).getByRole('button', { name: 'Hold' }).click()
  await expect(rows.nth(0)).toContainText('On hold')
  await look(page, 'd6-queue')
  await page.reload()
  await expect.poll(ids).toEqual([c, b, a])
  await expect(rows.nth(0)).toContainText('On hold')
  await rows.nth(2).getByRole('button', { name: 'Cancel' }).click()
  await expect(rows).toHaveCount(2)
  const working = page.getByRole('region', { name: 'Working', exact: true })
  await working.getByRole('button', { name: 'Stop' }).click()
  await expect(rows).toHaveCount(1, { timeout: 60_000 })
  await expect(rows.nth(0)).toContainText('On hold')
  await rows.nth(0).getByRole('button', { name: 'Cancel' }).click()
  await working.getByRole('button', { name: 'Stop' }).click()
  await expect(working).toBeHidden({ timeout: 60_000 })
})

test('an image that an evaluation got wrong is marked as mislabeled from its full view', async () => {
  await page.evaluate(async () => {
    const recipe = {
      network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32 },
      data: { crop: 32, scale: 36 },
      optimization: { epochs: 1, batchSize: 16 },
      initialization: { kind: 'he' },
    }
    const send = async (path: string, body: object): Promise<{ job: { id: string } }> => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
      return (await answer.json()) as { job: { id: string } }
    }
    const done = async ({ job }: { job: { id: string } }): Promise<{ run: string }> => {
      for (;;) {
        const answer = await (await fetch(`/api/jobs/${job.id}`)).json()
        const { state, run } = (answer as { job: { state: string; run: string } }).job
        if (state === 'completed') return { run }
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    const { run } = await done(await send('/api/runs', { dataset: 'd3', name: 'short', recipe }))
    await done(await send('/api/evaluations', { run }))
  })
  await page.goto(`${new URL(page.url()).origin}/evaluations/e1`)
  await page.getByRole('gridcell').first().click()
  const panel = page.getByRole('complementary').filter({ hasText: '%' })
  await panel.getByRole('button', { name: 'Mislabeled' }).click()
  await expect(panel).toContainText('Will be left out as mislabeled')
  await panel.getByRole('button', { name: /^It is / }).click()
  await expect(panel).toContainText(/Will be (?!left)/)
  await look(page, 'd7-evaluated')
  await panel.getByRole('link', { name: 'Show them' }).click()
  await expect(bar()).toContainText('1 correction waits')
})
