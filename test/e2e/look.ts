import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { join } from 'node:path'

/** Pictures that are kept: test-results/screenshots. */
const folder = join(import.meta.dirname, '../../test-results/screenshots')

/** Looks at a view in light and in dark: a picture of each, and no serious fault of accessibility in either. */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(folder, `${test.info().project.name}-${name}-${colorScheme}.png`) })
    await checkAccessibility(
      page,
      `${name}, ${colorScheme}`,
      colorScheme === 'dark' ? ['color-contrast'] : undefined,
    )
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** @param rules all, unless some are named: in the dark only the colors are others */
async function checkAccessibility(page: Page, where: string, rules?: string[]): Promise<void> {
  const axe = new AxeBuilder({ page })
  const chosen = rules ? axe.withRules(rules) : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
  const { violations } = await chosen.analyze()
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(' '))
          .slice(0, 4)
          .join('; ')}`,
    )
  expect(serious, where).toEqual([])
}
