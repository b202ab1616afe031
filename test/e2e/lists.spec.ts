import { expect, test } from '@playwright/test'
import { filledStudio } from './filled.ts'

/** Every list is walked through by arrows, and no two buttons of the settings read the same. */

const studio = filledStudio('lists.ts', 600_000)

const focusable =
  ':is(a[href], button:not(:disabled), input:not(:disabled)):not([tabindex="-1"]), [tabindex="0"]'

/** In the page: lists and tables of at least two rows in which something can have the focus, numbered in `data-list`. */
const numberLists = `(() => {
  const lists = [...document.querySelectorAll('ul, ol, tbody')].filter((list) => {
    const rows = [...list.children].filter((row) => row.matches('${focusable}') || row.querySelector('${focusable}'))
    return rows.length > 1 && list.checkVisibility()
  })
  for (const [index, list] of lists.entries()) list.dataset.list = index
  return lists.map((list) => list.getAttribute('aria-label') ?? list.textContent.trim().slice(0, 60))
})()`

/** In the page: in which of the rows of a list the focus is; null where it has left the list. */
const rowOf = (list: number): string => `(() => {
  const row = [...document.querySelector('[data-list="${list}"]').children].findIndex((one) =>
    one.contains(document.activeElement))
  return row < 0 ? null : row
})()`

const focusFirst = (list: number): string => `(() => {
  const row = [...document.querySelector('[data-list="${list}"]').children].find(
    (one) => one.matches('${focusable}') || one.querySelector('${focusable}'))
  const choice = row.matches('${focusable}')
    ? row
    : row.querySelector('${focusable.split(', ').join(':not([data-move]), ')}:not([data-move])') 
  choice.focus()
})()`

/**
 * Walks through every list of a view by arrows: up and down, or left and right where things stand in a row.
 * @param least there are more than these
 */
async function walkLists(path: string, least: number): Promise<void> {
  const { page, go } = studio
  await go(path)
  const found = (): Promise<readonly string[]> => page.evaluate(numberLists)
  await expect.poll(async () => (await found()).length, path).toBeGreaterThan(least)
  const lists = await found()
  for (const [list, text] of lists.entries()) {
    await page.evaluate(focusFirst(list))
    const start = await page.evaluate<number | null>(rowOf(list))
    await page.keyboard.press('ArrowDown')
    const down = await page.evaluate<number | null>(rowOf(list))
    const [on, back] = down === start ? ['ArrowRight', 'ArrowLeft'] : ['ArrowDown', 'ArrowUp']
    if (down === start) await page.keyboard.press(on!)
    const next = await page.evaluate<number | null>(rowOf(list))
    expect(next, `${path}, the list “${text}”: ${on}`).toBeGreaterThan(start!)
    await page.keyboard.press('End')
    expect(await page.evaluate(rowOf(list)), `${path}, “${text}”: End`).toBeGreaterThanOrEqual(next!)
    await page.keyboard.press('Home')
    expect(await page.evaluate(rowOf(list)), `${path}, “${text}”: Home`).toBe(start)
    await page.keyboard.press(on!)
    await page.keyboard.press(back!)
    expect(await page.evaluate(rowOf(list)), `${path}, “${text}”: ${back}`).toBe(start)
  }
}

/** Views, and how many lists each has at least besides the list of views, which is there always. */
const views = {
  '/data': 1,
  '/data/d1': 1,
  '/data/d1?tab=folder': 0,
  '/runs': 1,
  '/runs/r1': 1,
  '/runs/r1?tab=results': 2,
  '/runs/r1?tab=network': 0,
  '/runs/new?dataset=d1': 1,
  '/evaluations/e1': 1,
  '/evaluations/e1?part=curves': 2,
  '/exports/x1': 1,
  '/tables?runs=r1,r2': 1,
  '/complexity?runs=r1,r2': 1,
  '/settings': 0,
} as const

for (const [path, least] of Object.entries(views)) {
  test(`every list of ${path} has arrows`, async () => {
    await walkLists(path, least)
  })
}

const grids = { '/data/d1': 'data set', '/data/d1?tab=labels': 'suspects', '/evaluations/e1': 'evaluation' }
for (const [path, name] of Object.entries(grids)) {
  test(`the images of ${path} (${name}) have arrows`, async () => {
    const { page, go } = studio
    await go(path)
    const cells = page.getByRole('grid').last().getByRole('gridcell')
    await expect(cells.nth(1)).toBeVisible()
    await cells.first().focus()
    await page.keyboard.press('ArrowRight')
    await expect(cells.nth(1)).toBeFocused()
    await page.keyboard.press('ArrowLeft')
    await expect(cells.first()).toBeFocused()
  })
}

test('two buttons do not read the same in the settings', async () => {
  const { page, go } = studio
  await go('/settings')
  await expect(page.getByRole('button', { name: /^Get / }).first()).toBeVisible()
  const names = await page
    .locator('main button')
    .evaluateAll((buttons) =>
      buttons.map((button) => (button.getAttribute('aria-label') ?? button.textContent).trim().toLowerCase()),
    )
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
  expect(names).not.toContain('')
  expect(await page.locator('main').innerText()).not.toContain('`')
})
