import { expect, test, type Page } from '@playwright/test'
import { lookSmall, walk } from './look.ts'
import { filledStudio } from './filled.ts'

/** Protocols in the window, on two runs that were evaluated differently (evaluated.ts). */
test.describe.configure({ mode: 'serial' })

const studio = filledStudio('evaluated.ts')
const { go, problems } = studio
let page: Page

test.beforeAll(() => void (page = studio.page))

test('a protocol is chosen on one of one’s images, with what it costs before it starts', async () => {
  await go('/runs/r1?tab=results')
  await expect(page.getByText('Center crop 32, scale 40').last()).toBeVisible()
  await expect(page.getByText(/1 crop of each, 54 images, about/)).toBeVisible()
  await page.getByRole('button', { name: 'Everything: 150 crops and dense' }).click()
  await expect(page.getByText('Dense and 5×5 grid of crops 32, scales 36 40 44, flipped')).toBeVisible()
  await expect(
    page.getByText(/150 crops and 6 passes over the whole image of each, 54 images, about/),
  ).toBeVisible()
  await expect(page.getByText(/class probabilities take up to/)).toBeVisible()
  await expect(page.locator('figure svg rect')).toHaveCount(78)
  await lookSmall(page, '20-chooser-everything')
  await page.getByRole('combobox', { name: /^Views/ }).selectOption('ten')
  await page.getByRole('button', { name: 'Training scale' }).click()
  await expect(page.locator('figure svg rect')).toHaveCount(5)
  await lookSmall(page, '21-chooser-ten')
  await page.getByLabel('Test scales').fill('20')
  await expect(page.getByText(/20 pixels is less than the crop, 32/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Evaluate' })).toBeDisabled()
  await page.getByRole('button', { name: 'Around it' }).click()
  await expect(page.getByLabel('Test scales')).toHaveValue('36 40 44')
})

test('an interrupted evaluation stands there with its numbers, and continues', async () => {
  const unfinished = page.getByRole('region', { name: 'Interrupted' })
  await expect(unfinished).toContainText('Corner and center crops 32, scale 40, flipped')
  await expect(unfinished).toContainText(/\d+ of 252 images done/)
  await unfinished.getByRole('button', { name: 'Resume' }).click()
  await page.waitForURL(/\/evaluations\/e\d+/, { timeout: 60_000 })
  await expect(page.getByText(/252 images of the training split/)).toBeVisible()
  await go('/runs/r1?tab=results')
  await expect(page.getByRole('button', { name: 'Evaluate' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Interrupted' })).toHaveCount(0)
})

test('one that is canceled in the window keeps what is done, and continues where it was', async () => {
  // On a machine that may be busy.
  test.setTimeout(300_000)
  await page.getByRole('button', { name: 'Everything: 150 crops and dense' }).click()
  await page.getByRole('combobox', { name: /^Images/ }).selectOption('train')
  // Work enough that it can be canceled on a fast machine.
  await page.getByLabel('Test scales').fill('96 128 160')
  await page.getByRole('button', { name: 'Evaluate' }).click()
  // Numbers so far stand there while it works.
  await expect(page.getByText(/images so far|over the first|So far/i).first()).toBeVisible({
    timeout: 90_000,
  })
  await page.getByRole('button', { name: 'Cancel' }).first().click()
  const unfinished = page.getByRole('region', { name: 'Interrupted' })
  await expect(unfinished).toContainText('Dense and 5×5 grid of crops 32', { timeout: 60_000 })
  const done = Number(/(\d+) of 252 images done/.exec(await unfinished.innerText())![1])
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(252)
  await lookSmall(page, '22-canceled')
  await unfinished.getByRole('button', { name: 'Resume' }).click()
  await page.waitForURL(/\/evaluations\/e\d+/, { timeout: 180_000 })
  await expect(page.getByText(/252 images of the training split/)).toBeVisible()
  await go('/runs/r1?tab=results')
})

test('tables stand beside the paper’s, with “n/a” where a scale cannot be reached', async () => {
  await page.getByRole('link', { name: 'Tables', exact: true }).click()
  await expect(page.getByRole('row', { name: /r1 jittered/ })).toContainText('25.6%')
  await page.getByRole('button', { name: /^Measure 1 missing/ }).click()
  await expect(page.getByRole('row', { name: /r1 jittered/ }).getByRole('link')).toBeVisible({
    timeout: 60_000,
  })
  const ticks = page.getByRole('group', { name: 'Runs' }).getByRole('checkbox')
  await ticks.first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(ticks.nth(1)).toBeFocused()
  await page.getByText('All rows of the paper’s table').click()
  await expect(page.getByRole('row', { name: /^A-LRN/ })).toContainText('29.7%')
  await lookSmall(page, '22-table3')
  await page.getByRole('link', { name: 'Table 4: several scales' }).click()
  await expect(page.getByRole('row', { name: /r2 fixed/ })).toContainText('n/a')
  await expect(page.getByText(/n\/a: a test scale would be smaller than the crop/).first()).toBeVisible()
  const page1 = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Page', exact: true }).click()
  expect((await page1).suggestedFilename()).toBe('table4.html')
  await page.getByRole('link', { name: 'Table 5: dense, crops, both' }).click()
  await page.getByLabel(/r2 fixed/).uncheck()
  await expect(page.getByRole('row', { name: /r2 fixed/ })).toHaveCount(0)
  await page.getByRole('button', { name: /^Measure \d missing/ }).click()
  await expect(page.getByRole('row', { name: /r1 jittered/ }).getByRole('link')).toHaveCount(3, {
    timeout: 90_000,
  })
  await lookSmall(page, '23-table5')
})

test('an ensemble is made of the runs that are ticked, each by its own protocol', async () => {
  await page.getByLabel(/r2 fixed/).check()
  const ensembles = page.getByRole('region', { name: 'Ensembles' })
  await ensembles.getByLabel('Evaluation of jittered').selectOption({ index: 0 })
  await expect(ensembles.getByLabel('Evaluation of fixed')).toBeVisible()
  await ensembles.getByRole('button', { name: 'Average their probabilities' }).click()
  await page.waitForURL(/\/ensembles\/m1/, { timeout: 60_000 })
  await expect(page.getByRole('region', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
  const members = page.getByRole('region', { name: 'Members' }).getByRole('link')
  await members.first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(members.last()).toBeFocused()
  await expect(page.getByText('95% interval')).toBeVisible()
  await lookSmall(page, '24-ensemble')
})

test('runs that were not measured alike are compared with a warning, then alike, then as picked', async () => {
  await go('/compare?runs=r1,r2')
  const pair = page.getByRole('region', { name: 'Evaluations compared' })
  await expect(pair.getByRole('note')).toContainText('These numbers were not measured by the same protocol.')
  await expect(pair.getByRole('note')).toContainText(/Test scales: [\d ]+ · 32/)
  const difference = page.getByRole('region', { name: 'What the difference means' })
  await expect(difference).toContainText('were made by different protocols')
  await expect(difference).not.toContainText('About these two trained networks')
  await lookSmall(page, '25-compare-unlike')
  await pair
    .getByLabel('Evaluation of jittered')
    .selectOption({ label: await labelOf(pair, /^Center crop 32, scale 40/) })
  await expect(page).toHaveURL(/pick=/)
  await expect(pair.getByRole('note')).toContainText('Views: center crop · dense')
  await pair.getByRole('button', { name: 'Evaluate by the same protocol' }).click()
  await expect(pair.getByText('Same protocol: Center crop 32, scale 40')).toBeVisible({ timeout: 60_000 })
  // Two of the images are drawings of one flag.
  await expect(difference).toContainText('bootstrap over near-duplicate groups p = ')
  await expect(difference).not.toContainText('different protocols')
  await lookSmall(page, '26-compare-alike')
})

async function labelOf(pair: ReturnType<Page['getByRole']>, wanted: RegExp): Promise<string> {
  const texts = await pair.getByLabel('Evaluation of jittered').getByRole('option').allInnerTexts()
  return texts.find((text) => wanted.test(text))!
}

test('an export in fewer bits says what it costs beside single precision', async () => {
  await go('/runs/r1?tab=results')
  await page.getByRole('radiogroup', { name: 'Format' }).getByText('ONNX, 8-bit integers').click()
  await page.getByRole('button', { name: 'Export' }).click()
  await page.waitForURL(/\/exports\/x1$/, { timeout: 60_000 })
  const verdict = /^\s*Answers differ by at most [\d.e-]+ in probability, where 0\.5 is allowed\s*$/
  await expect(page.getByText(verdict)).toBeVisible()
  const models = page.getByRole('table').filter({ hasText: 'Single precision' }).getByRole('row')
  await expect(models).toHaveCount(3)
  for (const row of [1, 2]) await expect(models.nth(row)).toContainText(/\d+ ?[\d.]+ kB ?[\d.]+ ms/)
  await expect(page.getByText(/^Accuracy: .* points, 95% interval .* on \d+ images/)).toBeVisible()
  await lookSmall(page, '28-export-integers')
})

test('the new views are walked through with the keyboard, and nothing went wrong unseen', async () => {
  for (const view of [
    '/tables',
    '/ensembles/m1',
    '/compare?runs=r1,r2',
    '/runs/r1?tab=results',
    '/exports/x1',
  ]) {
    await go(view)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0)
    expect(await walk(page), view).toBeGreaterThan(8)
  }
  expect(problems).toEqual([])
})
