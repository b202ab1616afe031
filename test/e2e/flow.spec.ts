import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look } from './look.ts'
import { openStudio, type Studio } from './studio.ts'

const sample = join(import.meta.dirname, '../../resources/sample/clipart/fruit')

/** One person's first hour, in order: each step goes on where the one before ended. */
test.describe.configure({ mode: 'serial' })

let studio: Studio
let page: Page
const problems: string[] = []

test.beforeAll(async () => {
  studio = await openStudio(test.info().project.name)
  page = studio.page
  page.on('pageerror', (error) => problems.push(String(error.stack)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      problems.push(message.text())
  })
})

test.afterAll(async () => {
  await studio?.close()
})

test('a first start offers the sample data sets', async () => {
  await expect(page.getByRole('heading', { name: 'Begin with labelled images' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Use Clip art' })).toBeVisible()
  await look(page, '1-first-start')
})

test('the sample is imported, looked through and filtered by address', async () => {
  await page.getByRole('button', { name: 'Use Clip art' }).click()
  await page.getByRole('link', { name: 'clipart', exact: true }).click({ timeout: 30_000 })
  await expect(page.getByText('360 images').first()).toBeVisible()
  await expect(page.getByRole('gridcell').first().getByRole('img')).toBeVisible()
  await page.getByRole('button', { name: /^fruit/ }).click()
  await expect(page).toHaveURL(/class=3/)
  await expect(page.getByText('60 images', { exact: true })).toBeVisible()
  await page.getByRole('gridcell').first().click()
  await expect(page.getByRole('complementary')).toContainText('fruit')
  await look(page, '2-data-set')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('complementary')).toBeHidden()
  await page.reload()
  await expect(page.getByText('60 images', { exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'Health' }).click()
  await expect(page.getByText('Shorter side')).toBeVisible()
  await look(page, '3-health')
})

test('a new run is planned: preset, depth, crops, what it takes', async () => {
  await page.getByRole('link', { name: 'New run' }).click()
  await page.getByRole('button', { name: 'Small images' }).click()
  await expect(page.getByRole('radio', { name: /16 weight layers/ })).toHaveCount(2)
  await expect(page.getByText('What the network will see')).toBeVisible()
  await expect(page.getByRole('img', { name: /px$/ })).toHaveCount(12)
  await look(page, '4-new-run')
  await page.getByText('Network', { exact: true }).click()
  await page.getByLabel('Width', { exact: true }).fill('0.125')
  await page.getByLabel('Epochs').fill('2')
  await expect(page).toHaveURL(/0\.125/)
  await expect(page.getByText('2 changed')).toBeVisible()
})

test('what cannot be is refused at its field', async () => {
  await page.getByText('Optimization', { exact: true }).click()
  await page.getByLabel('Batch size').fill('0')
  await expect(page.getByRole('alert')).toContainText('to put right')
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled()
  await page.getByLabel('Batch size').fill('32')
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled()
})

test('it trains, is watched, and survives a reload in its middle', async () => {
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('img', { name: 'Loss' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText(/in epoch [12]/)).toBeVisible()
  await expect(
    page.getByRole('region', { name: 'Last batch, as the network saw it' }).getByRole('img'),
  ).toHaveCount(16)
  await look(page, '5-run')
  await page.getByRole('button', { name: 'Show as a table' }).click()
  await expect(page.getByRole('row')).toHaveCount(3)
  await page.getByRole('link', { name: 'Log' }).click()
  await expect(page.getByRole('listitem').first()).toBeVisible()
})

test('a note, a tag and the undo of an archived run are kept', async () => {
  await page.getByRole('link', { name: 'Curves' }).click()
  await page.getByLabel('Note').fill('Only a try.')
  await page.getByLabel('Add a tag').fill('tiny')
  await page.getByLabel('Add a tag').press('Enter')
  await expect(page.getByRole('button', { name: 'Remove the tag tiny' })).toBeVisible()
  await page.getByRole('link', { name: 'Runs' }).first().click()
  await page.getByRole('checkbox').first().check()
  await page.getByRole('button', { name: 'Archive', exact: true }).click()
  await expect(page.getByText('No run fits').or(page.getByText('No runs yet'))).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('row', { name: /tiny/ })).toBeVisible()
  await look(page, '6-runs')
})

test('it is evaluated; a cell of the confusion matrix shows its images', async () => {
  await page.getByRole('row', { name: /tiny/ }).getByRole('link').click()
  await page.getByRole('link', { name: 'Results' }).click()
  await look(page, '7-results')
  await page.getByRole('button', { name: 'Evaluate' }).click()
  await page.waitForURL(/\/evaluations\/e\d+/, { timeout: 30_000 })
  await expect(page.getByText('95% interval')).toBeVisible()
  await expect(page.getByText(/54 images of the test split/)).toBeVisible()
  const matrix = page.getByRole('application')
  await matrix.focus()
  await matrix.press('ArrowDown')
  await matrix.press('Enter')
  await expect(page).toHaveURL(/label=1&predicted=0/)
  await expect(page.getByRole('heading', { name: 'cards predicted as animals' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear the selection' }).click()
  await page.getByRole('button', { name: 'All images' }).click()
  await page.getByRole('gridcell').first().click()
  await expect(page.getByRole('complementary')).toContainText('%')
  await look(page, '8-evaluation')
})

test('it is exported, proven equal, with code that loads it', async () => {
  await page.getByRole('link', { name: 'Other evaluations of this run' }).click()
  await page.getByRole('button', { name: 'Export' }).click()
  await page.waitForURL(/\/exports\/x\d+/, { timeout: 30_000 })
  await expect(page.getByText('Equal within rounding')).toBeVisible()
  await expect(page.getByRole('link', { name: 'model.onnx' })).toBeVisible()
  await look(page, '9-export')
})

test('an image is tried: a file, and one of the data set', async () => {
  await page.keyboard.press('g')
  await page.keyboard.press('t')
  await expect(page).toHaveURL(/\/try/)
  const { readdirSync } = await import('node:fs')
  const file = join(
    sample,
    readdirSync(sample).find((name) => name.endsWith('.png'))!,
  )
  await page.locator('input[type=file]').setInputFiles(file)
  const answers = page.getByRole('list', { name: 'Answers' })
  await expect(answers).toContainText('%')
  await page.locator('.examples button').first().click()
  await expect(answers.getByText('labelled')).toBeVisible()
  await expect(answers.getByText('Looking…')).toBeHidden()
  await look(page, '10-try')
})

test('the settings, the palette and the list of keys', async () => {
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByText('Data folder')).toBeVisible()
  await look(page, '11-settings')
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByPlaceholder(/Find a data set/).fill('clip')
  await expect(page.getByRole('option', { name: /clipart/ }).first()).toBeVisible()
  await look(page, '12-palette')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/(data\/d1|runs\/r1)$/)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('Pause or resume')
  await page.keyboard.press('Escape')
})

test('nothing went wrong unseen', () => {
  expect(problems).toEqual([])
})
