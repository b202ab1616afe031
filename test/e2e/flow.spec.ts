import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { look, walk } from './look.ts'
import { openStudioWindow, type StudioWindow } from './studio.ts'

const sample = join(import.meta.dirname, '../../resources/sample/clipart/fruit')

/** One person's first hour, in order: each step continues where the one before ended. */
test.describe.configure({ mode: 'serial' })

let studio: StudioWindow
let page: Page
const problems: string[] = []

/** Where a link or the address bar would lead. */
const go = (path: string): Promise<unknown> => page.goto(new URL(path, page.url()).href)

/** In the page: what Ctrl-V does with a picture that was copied elsewhere. */
const pasteImage = `(async () => {
  const picture = await (await fetch('/api/datasets/d1/images/0/picture?side=128')).blob()
  const clipboardData = new DataTransfer()
  clipboardData.items.add(new File([picture], 'pasted.webp', { type: 'image/webp' }))
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
})()`

test.beforeAll(async () => {
  studio = await openStudioWindow(test.info().project.name)
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
  await expect(page.getByRole('heading', { name: 'Begin with labeled images' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Use Clip art' })).toBeVisible()
  await look(page, '1-first-start')
})

test('the sample is imported, looked through and filtered by address', async () => {
  await page.getByRole('button', { name: 'Use Clip art' }).click()
  await page.waitForURL(/\/data\/d1\?tab=health$/, { timeout: 30_000 })
  const understood = page.getByRole('region', { name: 'How the folder was read' })
  await expect(understood).toContainText('6 classes, one for each folder.')
  await expect(understood).toContainText('validation (15%) and test (15%) were drawn at random')
  await expect(understood.getByRole('link', { name: 'New run' })).toHaveAttribute('href', /preset=quick-look/)
  await page.getByRole('link', { name: 'Images', exact: true }).click()
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

test('a plan that does not fit in memory is made to fit with one click', async () => {
  const set = { data: { crop: 4096, scale: { min: 4096, max: 4096 } } }
  await go(`/runs/new?preset=paper-e-256&set=${encodeURIComponent(JSON.stringify(set))}`)
  await expect(page.getByText(/This does not fit in memory/)).toBeVisible()
  await expect(page.getByText(/^Crop \d+ instead of 4,096/)).toBeVisible()
  await look(page, '4-does-not-fit')
  await page.getByRole('button', { name: 'Make it fit' }).click()
  await expect(page.getByText(/This does not fit in memory/)).toBeHidden()
  await expect(page).not.toHaveURL(/4096/)
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled()
})

test('AlexNet is chosen by its card and by its preset, and planned like any network', async () => {
  await go('/runs/new?preset=quick-look')
  const card = page.getByRole('group', { name: 'AlexNet' }).getByRole('radio')
  await expect(card).not.toBeChecked()
  await page.getByRole('group', { name: 'AlexNet' }).getByText('8 weight layers').click()
  await expect(card).toBeChecked()
  await expect(page).toHaveURL(/alexnet/)
  await page.getByText('Network', { exact: true }).click()
  await expect(page.getByLabel('Response normalization')).toBeChecked()
  await expect(page.getByLabel('Batch normalization')).toHaveCount(0)
  const cost = page.getByRole('region', { name: 'What it takes here' })
  await expect(cost).toContainText('at once')
  await page.getByRole('button', { name: 'AlexNet' }).click()
  await expect(page).toHaveURL(/preset=alexnet/)
  await expect(card).toBeChecked()
  await expect(page.getByLabel('Crop', { exact: true })).toHaveValue('227')
  await page.getByText(/^All layers/).click()
  await expect(page.getByRole('row', { name: /^conv1 64 × 56 × 56/ })).toBeVisible()
  await look(page, '4-alexnet')
})

test('ResNet is chosen by its card, with squeeze-and-excitation as a variant and as a setting', async () => {
  await go('/runs/new?preset=resnet')
  const cards = page.getByRole('group', { name: 'ResNet' })
  await cards.getByText('152 weight layers').click()
  await expect(page).toHaveURL(/resnet152/)
  await cards.getByText('50 weight layers').click()
  await page.getByRole('button', { name: 'SE-ResNet-50' }).click()
  await expect(page).toHaveURL(/seresnet50/)
  await expect(cards.getByText('26.1 million parameters')).toBeVisible()
  await page.getByText('Network', { exact: true }).click()
  await page.getByLabel('Squeeze-and-excitation').fill('8')
  await expect(page).toHaveURL(/squeezeExcitation/)
  await expect(cards.getByText('28.6 million parameters')).toBeVisible()
  await expect(page.getByLabel('Fully connected width')).toHaveCount(0)
  await page.getByText(/^All layers/).click()
  await expect(page.getByRole('row', { name: /^se5-3\/fc2 2048/ })).toBeVisible()
  await look(page, '4-resnet')
})

test('a new run is planned: preset, depth, crops, what it takes', async () => {
  await page.getByRole('link', { name: 'Runs' }).first().click()
  await expect(page.getByRole('heading', { name: 'No runs yet' })).toBeVisible()
  await look(page, '5-no-runs')
  await page.getByRole('link', { name: 'Start a new run' }).click()
  await page.getByRole('button', { name: 'Small images' }).click()
  await expect(page.getByRole('radio', { name: /16 weight layers/ })).toHaveCount(2)
  await expect(page.getByText('What the network will see')).toBeVisible()
  await expect(page.getByRole('img', { name: /px$/ })).toHaveCount(12)
  const low = page.getByRole('slider', { name: 'Smallest scale' })
  await expect(low).toHaveAttribute('aria-valuenow', '36')
  await low.press('ArrowRight')
  await expect(low).toHaveAttribute('aria-valuenow', '37')
  await page.getByRole('button', { name: 'Reset to the preset' }).click()
  await expect(low).toHaveAttribute('aria-valuenow', '36')
  await look(page, '5-new-run')
  await page.getByText('Network', { exact: true }).click()
  await page.getByLabel('Width', { exact: true }).fill('0.125')
  await page.getByLabel('Epochs').fill('2')
  await expect(page).toHaveURL(/0\.125/)
  await expect(page.getByText('2 changed')).toBeVisible()
})

test('what cannot be is refused at its field', async () => {
  await page.getByText('Optimization', { exact: true }).click()
  await page.getByLabel('Batch size').fill('0')
  await expect(page.getByRole('alert')).toContainText('to fix')
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled()
  await page.getByLabel('Batch size').fill('32')
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled()
})

test('what is hardly meant is asked about before the start, with what is usual', async () => {
  const rate = page.getByLabel('Learning rate', { exact: true })
  await rate.fill('100')
  await expect(page.getByText('3 changed').or(page.getByText('4 changed'))).toBeVisible()
  await page.getByRole('button', { name: 'Start training' }).click()
  await expect(page.getByText(/A learning rate of 100 is [\d,]+ times/)).toBeInViewport()
  await expect(page.getByRole('button', { name: 'Start anyway' })).toBeVisible()
  await expect(page).toHaveURL(/runs\/new/)
  await page.getByRole('button', { name: /^Use learning rate 0\.0/ }).click()
  await expect(page.getByText(/A learning rate of 100/)).toBeHidden()
  await expect(rate).not.toHaveValue('100')
})

test('crops are 96 pixels wide and more, units stand beside numbers, C and D say how they differ', async () => {
  await page.setViewportSize({ width: 1024, height: 700 })
  for (const crop of await page.getByRole('img', { name: /px$/ }).all())
    expect((await crop.boundingBox())!.width).toBeGreaterThanOrEqual(96)
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.getByRole('radio', { name: /^C .*3 of them 1×1/ })).toHaveCount(1)
  await expect(page.getByRole('radio', { name: /^D .*all of them 3×3/ })).toHaveCount(1)
  await page.getByText('Checkpoints', { exact: true }).click()
  await expect(page.getByText('minutes', { exact: true })).toBeVisible()
})

test('crops are marked while they are being drawn, and not behind it', async () => {
  const preview = page.getByRole('region', { name: 'What the network will see' })
  const crops = preview.getByRole('list')
  await expect(crops).toHaveAttribute('aria-busy', 'false')
  const { promise: drawn, resolve: draw } = Promise.withResolvers<true>()
  await page.route('**/jitter', async (route) => {
    await drawn
    await route.continue()
  })
  await preview.getByRole('button', { name: 'Draw again' }).click()
  await expect(preview.getByRole('status')).toHaveText('Drawing…')
  await expect(crops).toHaveAttribute('aria-busy', 'true')
  // The earlier ones stay in sight, paler.
  await expect(crops.getByRole('img')).toHaveCount(12)
  await expect(crops.getByRole('img').first()).not.toHaveCSS('opacity', '1')
  draw(true)
  await expect(preview.getByRole('status')).toHaveText('')
  await expect(crops).toHaveAttribute('aria-busy', 'false')
  await expect(crops.getByRole('img').first()).toHaveCSS('opacity', '1')
  await page.unroute('**/jitter')
})

test('it trains, is watched, and survives a reload in its middle', async () => {
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r\d+$/)
  await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible()
  await page.reload()
  const place = async (name: string) => {
    const header = page.locator('header').filter({ hasText: 'Evaluate' })
    return header.getByText(name, { exact: true }).boundingBox()
  }
  const [evaluate, stop] = [await place('Evaluate'), await place('Stop')]
  const tabs = await page.getByRole('link', { name: 'Log' }).boundingBox()
  await expect(page.getByRole('img', { name: 'Loss' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
  expect([await place('Evaluate'), stop === null]).toEqual([evaluate, false])
  expect(await page.getByRole('link', { name: 'Log' }).boundingBox()).toEqual(tabs)
  await expect(page.getByRole('button', { name: 'Smooth' })).toHaveAttribute('aria-pressed', 'false')
  const chart = page.getByRole('img', { name: 'Loss' })
  const before = await chart.boundingBox()
  await chart.hover({ position: { x: 200, y: 100 } })
  await expect(page.getByText(/^Epoch [\d.]+$/).first()).toBeVisible()
  expect(await chart.boundingBox()).toEqual(before)
  const whole = page.getByRole('button', { name: 'Whole curve' })
  // A curve that grows meanwhile is drawn again.
  await expect(async () => {
    await chart.dragTo(chart, { sourcePosition: { x: 120, y: 80 }, targetPosition: { x: 260, y: 90 } })
    await expect(whole.first()).toBeVisible({ timeout: 1000 })
  }).toPass()
  await chart.dblclick({ position: { x: 200, y: 100 } })
  await expect(whole).toHaveCount(0)
  await page.mouse.move(0, 0)
  await expect(
    page.getByText(/in epoch [12] .* chosen on these images: expect a slightly higher/),
  ).toHaveCount(1)
  await expect(
    page.getByRole('region', { name: 'Last batch, as the network saw it' }).getByRole('img'),
  ).toHaveCount(16)
  await look(page, '6-run')
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
  await expect(page.getByText('No runs match').or(page.getByText('No runs yet'))).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('row', { name: /tiny/ })).toBeVisible()
  await page.getByText('Columns', { exact: true }).click()
  await page.getByRole('checkbox', { name: 'Duration' }).check()
  await page.getByRole('checkbox', { name: 'Learning rate' }).check()
  await expect(page).toHaveURL(/columns=.*duration/)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('checkbox', { name: 'Duration' })).toBeHidden()
  await expect(page.getByRole('columnheader', { name: 'Test error' })).toBeVisible()
  await expect(page.getByText(/chosen on these validation images: expect slightly worse/)).toHaveCount(1)
  await expect(page.getByRole('row', { name: /tiny/ })).toContainText(/\d s/)
  await look(page, '6-runs')
  await page.getByRole('checkbox', { name: 'Select all' }).check()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByText(/^Deleted:/)).toBeVisible()
  await expect(page.getByText('No runs yet')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect(page.getByRole('row', { name: /tiny/ })).toBeVisible()
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
  const cells = page.getByRole('region', { name: 'Images', exact: true }).getByRole('gridcell')
  await expect(cells.first()).toBeInViewport({ ratio: 0.95 })
  await expect(cells.filter({ hasText: '→' }).first()).toContainText(/✗ [a-z]+\s*→ [a-z]+/)
  await cells.first().click()
  await expect(page.getByRole('complementary')).toContainText('%')
  await look(page, '8-evaluation')
})

test('a second run begins with the weights of the first, and both are compared', async () => {
  await go('/runs/r1')
  await page.getByRole('link', { name: 'New run from here' }).first().click()
  await expect(page).toHaveURL(/from=r1&checkpoint=best/)
  await page.getByText('Optimization', { exact: true }).click()
  await page.getByLabel('Batch size').fill('16')
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/\/runs\/r2$/)
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('link', { name: 'r1', exact: true })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('c')
  await expect(page.getByRole('heading', { name: 'Choose two to six runs' })).toBeVisible()
  await look(page, '9-compare-nothing')
  await page.getByRole('link', { name: 'Runs' }).first().click()
  await page.getByRole('checkbox', { name: 'Select all' }).check()
  await page.getByRole('link', { name: 'Compare' }).last().click()
  // Whatever their order in the list is, the one that started first is the baseline.
  await expect(page).toHaveURL(/runs=r1%2Cr2/)
  await page.getByRole('button', { name: 'Swap' }).click()
  await expect(page).toHaveURL(/runs=r2%2Cr1/)
  await page.getByRole('button', { name: 'Swap' }).click()
  await expect(page).toHaveURL(/runs=r1%2Cr2/)
  const differs = page.getByRole('row', { name: /^Batch size/ })
  await expect(differs).toContainText('32')
  await expect(differs).toContainText('16')
  await expect(page.getByRole('row', { name: /^Learning rate/ })).toHaveCount(0)
  await expect(page.getByRole('img', { name: 'Validation top-1 error' })).toBeVisible()
  await expect(page.getByText('These runs have no evaluation on the same images yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Evaluate them' }).click()
  const classes = page.getByRole('region', { name: 'Change per class' })
  await expect(classes.getByRole('listitem')).toHaveCount(6, { timeout: 60_000 })
  const images = page.getByRole('region', { name: 'Images that tell them apart' })
  const which = images.getByRole('combobox')
  await which.selectOption({ label: 'All that differ' })
  await expect(images.getByRole('gridcell').first()).toBeVisible()
  for (const [option, marks] of [
    [0, /✓[^✗]*✗/],
    [1, /✗[^✓]*✓/],
  ] as const) {
    await which.selectOption({ index: option })
    await expect(async () => {
      const cells = await images.getByRole('gridcell').allInnerTexts()
      for (const cell of cells) expect(cell).toMatch(cells.length === 1 ? /./ : marks)
    }).toPass({ timeout: 15_000 })
  }
  await look(page, '9-compare')
})

test('a run that diverged says so, draws where, and is started again gently; nobody is told to resume it', async () => {
  await page.evaluate(async () => {
    const network = { config: 'A', widthMultiplier: 0.125, fcWidth: 32 }
    const recipe = {
      ...{ network, data: { crop: 32, scale: 36 }, initialization: { kind: 'he' } },
      optimization: { epochs: 2, batchSize: 32, learningRate: 1000 },
    }
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ dataset: 'd1', name: 'too fast', recipe })
    await fetch('/api/runs', { method: 'POST', headers, body })
  })
  await go('/runs/r3')
  await expect(page.getByText(/The run failed\. The loss became infinite in epoch 1/)).toBeVisible({
    timeout: 60_000,
  })
  await expect(page.getByRole('button', { name: /^Start again with learning rate/ })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Resume', exact: true })).toHaveCount(0)
  await look(page, '9-failed')
  await page.getByRole('button', { name: /^Start again with learning rate/ }).click()
  await page.waitForURL(/\/runs\/r4$/)
  await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
})

test('it is exported, proven equal, with code that loads it', async () => {
  await go('/runs/r1?tab=results')
  // Each format says what it is for, and how large its model will be.
  const formats = page.getByRole('radiogroup', { name: 'Format' })
  await expect(formats.getByRole('radio')).toHaveCount(6)
  await expect(formats.getByText(/^[\d.]+ (kB|MB) model$/)).toHaveCount(6)
  await formats.getByText('TensorFlow.js').click()
  await expect(page.getByLabel('Preprocessing')).toHaveCount(0)
  const size = formats.locator('label', { hasText: 'TensorFlow.js' }).getByText(/model$/)
  const floats = (await size.textContent())!
  await page.getByLabel('Weights').selectOption('8-bit integers')
  await expect(size).not.toHaveText(floats)
  await look(page, '9-formats')
  await formats.getByText('ONNX', { exact: true }).click()
  await page.getByRole('button', { name: 'Export' }).click()
  await page.waitForURL(/\/exports\/x\d+/, { timeout: 60_000 })
  await expect(page.getByText('Same answers as the run')).toBeVisible()
  await expect(page.getByRole('cell', { name: 'ONNX Runtime in Node.js' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'model.onnx' })).toBeVisible()
  await look(page, '10-export')
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
  const choice = page.getByLabel('Choose images…')
  await choice.setInputFiles(file)
  const answers = page.getByRole('list', { name: 'Answers' })
  // The first answer, or a bar that says that one is made.
  await expect(answers.getByText('%').or(answers.getByRole('progressbar')).first()).toBeVisible({
    timeout: 2000,
  })
  await expect(answers).toContainText('%')
  // The file is one of the data set's: what it is is known, and what the network saw is drawn on it.
  await expect(answers.getByText(/^labeled \w+ in the data set/)).toBeVisible()
  await expect(answers.getByRole('img', { name: /with what the network sees of it/ })).toBeVisible()
  await choice.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') })
  await expect(page.getByText(/^notes\.txt is not an image/)).toBeVisible()
  await page.evaluate(pasteImage)
  await expect(answers.getByText('pasted.webp')).toBeVisible()
  await page.locator('.examples button').nth(1).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.locator('.examples button').first()).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(answers.getByText(/^labeled \w+$/)).toBeVisible()
  await expect(answers.getByText('Looking…')).toHaveCount(0)
  await look(page, '11-try')
})

test('the settings, the palette and the list of keys', async () => {
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { name: 'Data folder' })).toBeVisible()
  await look(page, '12-settings')
  await page.getByRole('button', { name: 'Copy diagnostics' }).click()
  await expect(page.getByText('Diagnostics copied.')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByPlaceholder(/Find a data set/).fill('clip')
  await expect(
    page
      .getByRole('dialog')
      .getByRole('option', { name: /clipart/ })
      .first(),
  ).toBeVisible()
  await look(page, '13-palette')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/(data\/d1|runs\/r\d)$/)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Pause or resume')
  await page.keyboard.press('Escape')
})

test('every view is walked through with the keyboard, and shows where one is', async () => {
  const views = [
    '/data',
    '/data/d1',
    '/runs',
    '/runs/new',
    '/runs/r1',
    '/runs/r1?tab=results',
    '/evaluations/e1',
  ]
  for (const view of [...views, '/compare?runs=r1,r2', '/try', '/exports/x1', '/settings']) {
    await go(view)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0)
    expect(await walk(page), view).toBeGreaterThan(8)
  }
})

test('nothing went wrong unseen', () => {
  expect(problems).toEqual([])
})
