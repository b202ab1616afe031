import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'

/** Pictures that are kept: test-results/screenshots. */
const folder = join(import.meta.dirname, '../../test-results/screenshots')
const sizes = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 800 },
]

/**
 * Looks at a view in light and in dark: pictures of each at two sizes, no serious fault of accessibility in either, and
 * nothing that moves where a person asks for less motion.
 */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const size of sizes) {
      await page.setViewportSize(size)
      const path = `${test.info().project.name}-${name}-${size.width}-${colorScheme}.png`
      await page.screenshot({ path: join(folder, path) })
    }
    await checkAccessibility(page, `${name}, ${colorScheme}`)
  }
  expect(await page.evaluate('document.getAnimations().length'), `${name}: motion`).toBe(0)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
}

/** The same, and at the smallest size of the window, in which it must fit. */
export async function lookSmall(page: Page, name: string): Promise<void> {
  await look(page, name)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 1024, height: 700 })
    const path = `${test.info().project.name}-${name}-1024-${colorScheme}.png`
    await page.screenshot({ path: join(folder, path) })
  }
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(overflow, `${name} is wider than the window`).toBe(0)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: 'light' })
}

/** All of axe's rules: those of WCAG and its advice. */
async function checkAccessibility(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map(({ id, impact, nodes }) => {
    const places = nodes.map(({ target }) => target.join(' ')).slice(0, 4)
    return `${impact}, ${id}: ${places.join('; ')}`
  })
  expect(told, where).toEqual([])
}

/** Walks through a view with the tab key: whatever gets the focus must show it. @returns how many places it came to */
export async function walk(page: Page, most = 80): Promise<number> {
  await page.evaluate('document.activeElement?.blur()')
  const seen = new Set<string>()
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab')
    const { place, visible } = await page.evaluate<FocusShown>(focusShown)
    if (place === 'BODY' || seen.has(place)) break
    seen.add(place)
    expect(visible, `the focus on ${place}`).toBe(true)
  }
  return seen.size
}

interface FocusShown {
  readonly place: string
  readonly visible: boolean
}

/** In the page: where the focus is, and whether one sees it there, or on what stands for it (a hidden box's label). */
const focusShown = `(() => {
  const focused = document.activeElement ?? document.body
  const outlined = (element) => {
    if (element === null) return false
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
  }
  const number = [...document.querySelectorAll('*')].indexOf(focused)
  return {
    place: focused === document.body ? 'BODY' : number + ' ' + focused.outerHTML.slice(0, 120),
    visible: outlined(focused) || outlined(focused.closest('label')),
  }
})()`
