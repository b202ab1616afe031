import { expect, test, type Page } from '@playwright/test'
import { lookSmall, walk } from './look.ts'
import { filledStudio } from './filled.ts'

/** Statistics in the window, of two settings on 400 test images (measured.ts). */
test.describe.configure({ mode: 'serial' })

const studio = filledStudio('measured.ts', 400_000)
const { go, problems } = studio
let page: Page
const region = (name: string | RegExp) => page.getByRole('region', { name })
const slow = { timeout: 240_000 }

test.beforeAll(() => void (page = studio.page))

test('an evaluation’s panels: calibration before and after a temperature is fitted, thresholds, curves', async () => {
  test.setTimeout(400_000)
  await go('/evaluations/e1')
  const report = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Report' }).click()
  expect((await report).suggestedFilename()).toBe('report-r1.html')
  const panel = region('How sure it is')
  const before = panel.getByRole('region', { name: 'As the network says' })
  await expect(before).toContainText('n = 400', slow)
  await expect(before).toContainText(/Expected calibration error ?15 bins of equal width/)
  await expect(before).toContainText(/95% [\d.]+% to [\d.]+%, ?noise floor [\d.]+%/)
  await expect(before).toContainText('Brier score')
  await expect(before).toContainText('Negative log-likelihood')
  expect(await before.locator('svg rect').count()).toBeGreaterThan(3)
  await panel.getByRole('button', { name: 'Calibrate' }).click()
  await expect(panel.getByRole('region', { name: /^With temperature \d/ })).toContainText('n = 400', slow)
  await expect(panel).toContainText(/Temperature [\d.]+, fitted on [\d]+ validation images/)
  await panel.scrollIntoViewIfNeeded()
  await lookSmall(page, '30-calibration')

  await panel.getByRole('button', { name: 'Thresholds' }).click()
  await expect(panel).toContainText(/Above 0\.9: [\d.]+% right, [\d.]+% of the images/)
  await expect(panel.getByText(/^n = \d+, 95% /)).toBeVisible()
  await panel.getByRole('slider').fill('50')
  await expect(panel).toContainText(/Above 0\.5: /)
  await expect(panel.getByRole('img', { name: 'Error of the k best answers, n = 400' })).toBeVisible()
  await panel.scrollIntoViewIfNeeded()
  await lookSmall(page, '31-thresholds')

  await panel.getByRole('button', { name: 'Curves' }).click()
  await expect(panel.getByRole('img', { name: /^ROC, .*area 0\.\d{4}, n = 40 of 400/ })).toBeVisible()
  await panel.getByRole('button', { name: 'shirt', exact: true }).click()
  await expect(
    panel.getByRole('img', { name: /^Precision–recall, shirt: average precision 0\.\d{4}/ }),
  ).toBeVisible()
  await panel.scrollIntoViewIfNeeded()
  await lookSmall(page, '32-curves')
})

test('slices by a property, and a selection of images that is saved, named and compared across runs', async () => {
  await go('/evaluations/e1?part=slices&by=brightness&label=6')
  const panel = region('How sure it is')
  await expect(panel.getByRole('row')).toHaveCount(5)
  await expect(panel.getByRole('row').nth(1)).toContainText(/\d+\.\d%–\d+\.\d%/)
  await panel.scrollIntoViewIfNeeded()
  await lookSmall(page, '33-slices')
  await panel.getByLabel('Name of the slice').fill('difficult')
  await panel.getByRole('button', { name: 'Save the images in view as a slice' }).click()
  await panel.getByLabel('Slice by').selectOption('saved')
  await expect(panel.getByRole('row', { name: /^difficult 40/ })).toBeVisible()
  await go('/compare?runs=r1,r2&by=saved')
  const compared = region('Slices')
  const row = compared.getByRole('row', { name: /^difficult 40/ })
  await expect(row).toContainText(/\d+\.\d% .*\d+\.\d%/)
  await expect(compared).toContainText('n = 400')
  await compared.scrollIntoViewIfNeeded()
  await lookSmall(page, '34-slices-compared')
})

test('three seeds are one click, and their group says mean, standard deviation and n', async () => {
  test.setTimeout(600_000)
  await go('/runs/r1')
  const seeds = region('Seeds')
  await expect(seeds).toContainText('seed 0')
  await seeds.getByRole('button', { name: 'Run three seeds' }).click()
  await expect(seeds.getByRole('button', { name: /to come…$/ })).toBeDisabled()
  await expect(seeds).toContainText(/Validation top-1 error: [\d.]+% ± [\d.]+ \(mean ± SD, n = 3\)/, {
    timeout: 400_000,
  })
  await expect(seeds.getByRole('listitem')).toHaveCount(3)
  await expect(seeds.getByRole('button', { name: 'Run three seeds' })).toHaveCount(0)
  await seeds.getByRole('button', { name: 'Evaluate the other 2 runs the same way' }).click()
  await expect(seeds).toContainText(
    /Top-1 error on 400 test images: [\d.]+% ± [\d.]+ \(mean ± SD, n = 3\)/,
    slow,
  )
  await lookSmall(page, '35-seeds')

  await go('/compare?runs=r1,r2')
  const difference = region('What the difference means')
  const report = page.waitForEvent('download')
  await difference.getByRole('link', { name: 'Report' }).click()
  expect((await report).suggestedFilename()).toBe('report-r1-r2.html')
  await expect(difference).toContainText('Settings over seeds, top-1 error')
  await expect(difference).toContainText(/± [\d.]+ \(mean ± SD, n = 3\)/)
  await expect(difference).toContainText(/\(mean ± SD, n = 1\)/)
  await expect(difference).toContainText(
    /Setting 2 against the first: .* points (less|more) error; no interval with a single seed/,
  )
  await difference.scrollIntoViewIfNeeded()
  await lookSmall(page, '36-settings-over-seeds')
})

test('calibrated probabilities are a switch of Try it, and the temperature stands beside the answer', async () => {
  await go('/try?run=r1')
  const example = page.getByRole('button', { name: /\.png$/ }).first()
  await example.click()
  const answers = page.getByRole('list', { name: 'Answers' }).getByRole('listitem')
  await expect(answers.first()).toContainText('ONNX Runtime', slow)
  await expect(answers.first()).not.toContainText('temperature')
  const plain = await answers.first().getByRole('listitem').first().innerText()
  await page.getByLabel('Calibrated probabilities').check()
  await expect(page.getByText(/^temperature [\d.]+, fitted on \d+ validation images$/)).toBeVisible()
  await example.click()
  await expect(answers.first()).toContainText(/temperature \d/, slow)
  expect(await answers.first().getByRole('listitem').first().innerText()).not.toBe(plain)
  await lookSmall(page, '37-try-calibrated')
  await go('/try?run=r2')
  await expect(page.getByLabel('Calibrated probabilities')).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Calibrate' })).toBeVisible()
})

test('accuracy is chosen once, and every view tells it', async () => {
  await go('/settings')
  await page.getByRole('radiogroup', { name: 'Numbers' }).getByText('Accuracy').click()
  await expect(page.getByRole('radio', { name: 'Accuracy' })).toBeChecked()
  const views: readonly (readonly [string, string | RegExp])[] = [
    ['/runs?sort=top1Error&direction=descending', 'Best top-1 accuracy'],
    ['/runs/r1', 'Top-1 accuracy'],
    ['/runs/r1', /^n = [\d,]+ training, \d+ validation images$/],
    ['/runs/r1?as=table', 'Validation top-1 accuracy'],
    ['/runs/r1?tab=results', /top-1 accuracy, 95% interval/],
    ['/evaluations/e1?part=thresholds', 'Accuracy of the k best answers, n = 400'],
    ['/evaluations/e1?part=slices', 'Top-1 accuracy'],
    ['/compare?runs=r1,r2', 'Best validation top-1 accuracy'],
    ['/tables?runs=r1,r2', 'top-1 accuracy'],
  ]
  for (const [path, text] of views) {
    await go(path)
    await expect(page.getByText(text).filter({ visible: true }).first(), path).toBeVisible(slow)
    await expect(page.getByRole('status', { name: 'Loading…' }), path).toHaveCount(0, slow)
    const shown = await page.locator('main').innerText()
    expect(shown.match(/top-[15] error|validation error|training error/gi), path).toBeNull()
  }
  await go('/runs?sort=top1Error&direction=descending')
  // The first of two errors in a row: that of the best epoch, which sorts.
  const cells = page.locator('tbody td:nth-child(1 of .strong)')
  await expect(cells).toHaveCount(4)
  const isSorted = async (): Promise<boolean> => {
    const values = (await cells.allInnerTexts()).map((text) => Number.parseFloat(text))
    return values.join() === values.toSorted((a, b) => b - a).join()
  }
  // The window asks again once it knows what was chosen.
  await expect.poll(isSorted).toBe(true)
  for (const text of await cells.allInnerTexts()) expect(text).toMatch(/n = \d+/)
  await go('/runs/r1')
  await expect(page.getByText(/^n = [\d,]+ training/)).toBeVisible()
  await lookSmall(page, '38-accuracy')
  const report = await page.request.get(`${studio.url}/api/statistics/report?runs=r1`)
  expect(await report.text()).toContain('top-1 accuracy')
  await go('/settings')
  await lookSmall(page, '39-settings')
  await page.getByRole('radiogroup', { name: 'Numbers' }).getByText('Error').click()
  await go('/runs')
  await expect(page.getByRole('button', { name: 'Best top-1 error' })).toBeVisible()
})

test('the views are walked through with the keyboard, and nothing went wrong unseen', async () => {
  for (const view of ['/runs/r1', '/evaluations/e1?part=curves', '/compare?runs=r1,r2', '/try?run=r1']) {
    await go(view)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0, slow)
    expect(await walk(page), view).toBeGreaterThan(8)
  }
  expect(problems).toEqual([])
})
