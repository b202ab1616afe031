import { expect, test, type Page } from '@playwright/test'
import { lookSmall, walk } from './look.ts'
import { filledStudio } from './filled.ts'

/** What networks cost and what is in them, of two small runs that were evaluated differently (evaluated.ts). */
test.describe.configure({ mode: 'serial' })

const studio = filledStudio('evaluated.ts')
const { go, problems } = studio
let page: Page
const region = (name: string | RegExp) => page.getByRole('region', { name })

test.beforeAll(() => void (page = studio.page))

test('operations stand against the error of one protocol, and any network beside the runs', async () => {
  await go('/complexity?networks=D,resnet50@128')
  const figure = page.getByRole('group', { name: 'Operations against top-1 error, 4 networks' })
  await expect(figure.getByRole('link')).toHaveCount(4)
  // One of the two has another protocol: it has no error here.
  await expect(figure.getByRole('link', { name: /top-1 error [\d.]+%, n = 54/ })).toHaveCount(1)
  await expect(figure.getByRole('link', { name: /no error yet/ })).toHaveCount(3)
  await expect(page.getByRole('button', { name: 'Evaluate the other run the same way' })).toBeVisible()
  await figure.getByRole('link', { name: /^VGG D, 15\.4\d\d G multiply-adds, 134\.\d\d M/ }).focus()
  await expect(region('VGG D')).toContainText('no error yet')
  await page.keyboard.press('ArrowLeft')
  await expect(region('ResNet-50')).toContainText('no error yet')
  await page.keyboard.press('End')
  await expect(figure.getByRole('link', { name: /^VGG D/ })).toBeFocused()
  await lookSmall(page, '60-complexity')

  await page.getByLabel('Measured on').selectOption({ label: await optionWith('the closest protocols') })
  await expect(page.getByText('not measured by the same protocol; these are the closest')).toContainText(
    'Views: dense · center crop',
  )
  await expect(figure.getByRole('link', { name: /top-1 error/ })).toHaveCount(2)
  await page.getByRole('combobox', { name: 'Network' }).selectOption('resnet18')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('row', { name: /^ResNet-18/ })).toContainText('224 px')
  const file = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  expect((await file).suggestedFilename()).toBe('complexity.csv')
})

async function optionWith(text: string): Promise<string> {
  const labels = await page.getByLabel('Measured on').locator('option').allTextContents()
  return labels.find((label) => label.includes(text))!
}

test('a run’s network: first-layer filters, the diagram, a layer and its activations for an image', async () => {
  await go('/runs/r1?tab=network')
  const filters = region('First-layer filters')
  await expect(filters.getByRole('img')).toHaveCount(3)
  await expect(filters).toContainText('3 filters of 3×3 (conv1-1, best)')
  const diagram = page.getByRole('group', { name: /^Block diagram of VGG D with batch normalization/ })
  await diagram.getByRole('button', { name: /^conv2-1, conv 3×3 · BN · ReLU, 6 × 16 × 16/ }).click()
  const layer = region('conv2-1').first()
  await expect(layer.getByRole('row', { name: /^conv2-1 6 × 16 × 16/ })).toBeVisible()
  await expect(layer).toContainText('features.7.weight')
  const activations = region(/^Activations of conv2-1/)
  await expect(activations.getByRole('list').getByRole('img')).toHaveCount(6)
  await expect(activations).toContainText(/Channels 1–6 of 6; minimum -?[\d.]+, maximum [\d.]+/)
  await lookSmall(page, '61-inside')
  await layer.getByRole('button', { name: 'relu2-1' }).click()
  await expect(region('Activations of relu2-1')).toContainText(/minimum 0, maximum/)
  await activations.or(region('Activations of relu2-1')).getByLabel('Strongest mean first').check()
  await expect(page).toHaveURL(/order=mean/)
  await page.getByLabel('Choose a file…').setInputFiles('resources/sample/fashion-mnist/test/bag/00018.png')
  await expect(page.getByText('File 00018.png')).toBeVisible()
  await expect(region('Activations of relu2-1').getByRole('list').getByRole('img')).toHaveCount(6)
})

test('an evaluated image shows what speaks for a class, at any layer', async () => {
  await go('/evaluations/e1')
  await page.locator('img[loading=lazy]').first().click()
  await page.getByRole('button', { name: 'Show the evidence' }).click()
  const heat = region('Heat map')
  await expect(heat.getByRole('img')).toHaveAccessibleName(
    /^Evidence for .+ in conv5-3, over what the network saw$/,
  )
  await heat.getByLabel('Layer').selectOption('conv1-1')
  await expect(heat.getByRole('img')).toHaveAccessibleName(/ in conv1-1, /)
  await heat.getByLabel('Class').selectOption({ index: 2 })
  await expect(heat).toContainText(/probability [\d.]+%; Grad-CAM, 32×32/)
  await lookSmall(page, '64-heat')
})

test('152 layers fold, and are walked through with the keyboard', async () => {
  await go('/network?network=resnet152')
  const diagram = page.getByRole('group', { name: /^Block diagram of ResNet-152/ })
  const boxes = diagram.locator('[data-key]')
  await expect(boxes).toHaveCount(9)
  await lookSmall(page, '62-folded')
  await boxes.first().focus()
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowDown')
  await expect(diagram.getByRole('button', { name: /^Expand layer3, / })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(boxes).toHaveCount(8 + 36)
  await expect(diagram.getByRole('button', { name: /^Expand layer3\.0, / })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(region('conv4_1/1').or(region(/^conv/)).first()).toContainText('layer3.0.conv1.weight')
  await lookSmall(page, '63-unfolded')
  await page.keyboard.press('-')
  await expect(boxes).toHaveCount(8 + 36)
  await page.keyboard.press('-')
  await expect(boxes).toHaveCount(9)
  const file = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Layers as CSV' }).click()
  expect((await file).suggestedFilename()).toBe('resnet152.csv')
})

test('a new run shows the diagram of the network that is chosen', async () => {
  await go('/runs/new')
  await page.getByText('Block diagram', { exact: true }).click()
  await expect(page.getByRole('group', { name: /^Block diagram of / })).toBeVisible()
})

test('the views are walked through with the keyboard, and nothing went wrong unseen', async () => {
  for (const view of ['/complexity?networks=D', '/runs/r1?tab=network&layer=features.0']) {
    await go(view)
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0)
    expect(await walk(page), view).toBeGreaterThan(8)
  }
  expect(problems).toEqual([])
})
