import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, type Page } from '@playwright/test'
import { lookSmall } from './look.ts'
import { filledStudio } from './filled.ts'

/** From a cell of the matrix to its images, from an image to its views, and from suspects to the next version (evaluated.ts). */
test.describe.configure({ mode: 'serial' })

const studio = filledStudio('evaluated.ts')
const { go, problems } = studio
let page: Page
const region = (name: string) => page.getByRole('region', { name, exact: true })

test.beforeAll(() => void (page = studio.page))

test('a cell of the matrix opens its images beside it, in sight, and the address says what is shown how', async () => {
  await go('/evaluations/e1')
  await page.getByRole('combobox', { name: 'Cells show' }).selectOption('row')
  await page.getByRole('combobox', { name: 'Order' }).first().selectOption('errors')
  await page.getByRole('button', { name: 'Only errors' }).click()
  await expect(page).toHaveURL(/values=row/)
  await expect(page).toHaveURL(/order=errors/)
  await expect(page).toHaveURL(/errors=1/)
  await lookSmall(page, '70-matrix')

  await page.getByRole('button', { name: 'Most confused pairs' }).click()
  const pair = page.getByRole('row').nth(1)
  const [truth, predicted] = (await pair.getByRole('cell').allInnerTexts()).map((text) => text.trim())
  await pair.getByRole('button').click()
  await page.getByRole('button', { name: 'Most confused pairs' }).click()
  await expect(page).toHaveURL(/label=\d+&predicted=\d+/)
  await expect(page.getByRole('heading', { name: `${truth} predicted as ${predicted}` })).toBeVisible()
  const images = region('Images').getByRole('gridcell')
  await expect(images.first()).toBeInViewport({ ratio: 0.99 })
  await expect(images.first()).toContainText(new RegExp(`✗ ${truth}\\s*→ ${predicted}`))
  await lookSmall(page, '71-cell')
  // The window has just changed its size: tiles may still find their places while they are read.
  await expect(async () => {
    const shown = await images.allInnerTexts()
    const confidences = shown.map((text) => Number(/([\d.]+)%/.exec(text)![1]))
    expect(confidences).toEqual([...confidences].sort((a, b) => b - a))
  }).toPass({ timeout: 10_000 })
  const address = page.url()
  await page.reload()
  await expect(images.first()).toBeInViewport()
  expect(page.url()).toBe(address)
})

test('an image opens with the views of the protocol on it, what each says, and heat maps; its address brings it back', async () => {
  await region('Images').getByRole('gridcell').first().click()
  await expect(page).toHaveURL(/image=\d+/)
  const panel = page.getByRole('complementary')
  await expect(panel.locator('figure svg rect')).toHaveCount(1)
  await panel.getByRole('button', { name: 'Show what each view says' }).click()
  await expect(panel.getByText(/1 of 1 view says/)).toBeVisible({ timeout: 30_000 })
  await expect(panel.getByRole('row')).toHaveCount(2)
  await panel.getByRole('button', { name: 'Show the evidence' }).click()
  await expect(panel.getByText(/Grad-CAM, \d+×\d+/)).toBeVisible({ timeout: 30_000 })
  await panel.getByRole('button', { name: 'Dense scores' }).click()
  await expect(panel.getByText(/what dense evaluation averages/)).toBeVisible({ timeout: 30_000 })
  await lookSmall(page, '72-image')
  const title = await panel.getByRole('heading').first().innerText()
  await page.reload()
  await expect(panel.getByRole('heading').first()).toHaveText(title)
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/image=/)
})

test('a class opens its scores and its worst images, and goes back to the classes', async () => {
  await region('Images').getByRole('button', { name: 'All classes' }).click()
  await page.getByRole('button', { name: 'Clear the selection' }).click()
  const first = region('Classes').getByRole('row').nth(1)
  const name = await first.getByRole('button').innerText()
  await first.getByRole('button').click()
  await expect(region('Images')).toContainText(new RegExp(`${name}, n = \\d+: precision`))
  await expect(page.getByRole('combobox', { name: 'Order' }).last()).toHaveValue('worst')
  const cells = region('Images').getByRole('gridcell')
  const marks = (await cells.allInnerTexts()).map((text) => text.trim()[0])
  expect(marks).toEqual([...marks].sort((a, b) => Number(a === '✓') - Number(b === '✓')))
})

test('several images of an evaluation are picked, and corrected at once', async () => {
  const cells = region('Images').getByRole('gridcell')
  await cells.nth(0).click({ modifiers: ['Control'] })
  await cells.nth(2).click({ modifiers: ['Shift'] })
  const tools = page.getByRole('toolbar', { name: 'Corrections' })
  await expect(tools).toContainText('3 picked')
  await tools.getByRole('button', { name: 'Mislabeled' }).click()
  await expect(page.getByText('3 images marked as mislabeled.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('3 images marked as mislabeled.')).toBeHidden()
})

test('labels that are probably wrong are decided one by one by key and many at once, with undo', async () => {
  await go('/data/d1?tab=labels')
  const grid = page.getByRole('grid', { name: 'Probably mislabeled' })
  const tools = page.getByRole('toolbar', { name: 'Decisions' })
  await expect(grid.getByRole('gridcell').nth(3)).toBeVisible()
  await grid.getByRole('gridcell').first().click()
  await page.keyboard.press('a')
  await expect(tools).toContainText(/1 of [\d,]+ decided/)
  await page.keyboard.press('k')
  await expect(tools).toContainText(/2 of [\d,]+ decided/)
  await expect(page.getByText('1 correction waits')).toBeVisible()
  await lookSmall(page, '73-suspects')
  await tools.getByRole('button', { name: 'Undo' }).click()
  await expect(tools).toContainText(/1 of [\d,]+ decided/)
  await page.keyboard.press('Escape')
  await grid.getByRole('gridcell').nth(1).click()
  await grid
    .getByRole('gridcell')
    .nth(3)
    .click({ modifiers: ['Shift'] })
  await expect(tools).toContainText('3 picked')
  await tools.getByRole('button', { name: 'Leave out' }).click()
  await expect(tools).toContainText(/4 of [\d,]+ decided/)
  await expect(page.getByText('4 corrections wait')).toBeVisible()
  const file = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const download = await file
  expect(download.suggestedFilename()).toBe('suspects-r2.csv')
  expect(readFileSync(await download.path(), 'utf8')).toMatch(/^path,split,label,suggested,margin,loss\n/)
})

test('decisions become the next version, on which the run is trained again', async () => {
  await page.getByRole('button', { name: 'Apply as version 2' }).click()
  await page.waitForURL(/\/data\/d2/, { timeout: 60_000 })
  await expect(page.getByText(/was trained on version 1/)).toBeVisible()
  await lookSmall(page, '74-next-version')
  await page.getByRole('link', { name: 'Train again on this version' }).click()
  await expect(page).toHaveURL(/\/runs\/new\?like=r2&dataset=d2/)
})

test('before and after the corrections are compared on the same test images', async () => {
  test.setTimeout(240_000)
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r3$/)
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 120_000 })
  await go('/data/d2?tab=labels')
  await page.getByRole('link', { name: /^Compare / }).click()
  await expect(page).toHaveURL(/\/compare\?runs=r2(,|%2C)r3/)
  await page.getByRole('button', { name: 'Evaluate them' }).click()
  await expect(page.getByRole('region', { name: 'Change per class' }).getByRole('listitem')).toHaveCount(6, {
    timeout: 60_000,
  })
  await expect(page.getByText(/on the same \d+ images|n = \d+/).first()).toBeVisible()
  await lookSmall(page, '74b-before-and-after')
})

test('in the data set many images are picked with Ctrl, Shift and a band, sorted, in three sizes, and corrected at once', async () => {
  await go('/data/d2?sort=largest&tiles=small&labels=1')
  const grid = page.getByRole('grid')
  const cells = grid.getByRole('gridcell')
  await expect(cells.nth(20)).toBeVisible()
  await expect(region('Images').getByRole('combobox', { name: 'Order' })).toHaveValue('largest')
  await cells.nth(0).click({ modifiers: ['Control'] })
  await cells.nth(2).click({ modifiers: ['Control'] })
  await expect(page.getByText('2 picked')).toBeVisible()
  await cells.nth(5).click({ modifiers: ['Shift'] })
  await expect(page.getByText('4 picked')).toBeVisible()
  const [from, to] = [await cells.nth(0).boundingBox(), await cells.nth(2).boundingBox()]
  await page.mouse.move(from!.x + 8, from!.y + 8)
  await page.mouse.down()
  await page.mouse.move(to!.x + 20, to!.y + 30, { steps: 6 })
  await page.mouse.up()
  await expect(page.getByText('3 picked')).toBeVisible()
  await lookSmall(page, '75-picked')
  await page.getByRole('toolbar').getByRole('button', { name: 'Leave out' }).click()
  await expect(page.getByText('3 corrections wait')).toBeVisible()
  await page.getByRole('button', { name: 'L', exact: true }).click()
  await expect(page).toHaveURL(/tiles=large/)
})

test('a tried picture is said to be like or unlike what the network learned from, with the nearest images', async () => {
  test.setTimeout(240_000)
  await go('/try?run=r2')
  const sample = new URL('../../resources/sample/', import.meta.url)
  const files = ['clipart/fruit', 'fashion-mnist/test/bag'].map((folder) => {
    const [name] = readdirSync(new URL(`${folder}/`, sample))
    return fileURLToPath(new URL(`${folder}/${name}`, sample))
  })
  await page.getByLabel('Choose images…').setInputFiles(files)
  const answers = page.getByRole('list', { name: 'Answers' }).getByRole('listitem')
  const said = page.getByText(/^(Like|Unlike) what it learned from/)
  await expect(said).toHaveCount(2, { timeout: 120_000 })
  await expect(page.getByAltText(/^Near in the network’s features: \w+/)).toHaveCount(10)
  await expect(answers.first()).toContainText('%')
  await lookSmall(page, '76-try-unlike')
})

test('an address that names an image scrolls to it in any order', async () => {
  await go('/data/d2?sort=name&image=150')
  await expect(page.locator('[role=gridcell].chosen')).toBeInViewport()
  expect(problems).toEqual([])
})
