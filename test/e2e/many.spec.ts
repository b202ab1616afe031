import { expect, test } from '@playwright/test'
import { fillHome, openStudioWindow } from './studio.ts'

const images = 50_000

/** What a window has in its document, and how long its frames took, in ms, while it was scrolled. */
interface Scrolled {
  readonly cells: number
  readonly median: number
  readonly slow: number
}

test('a grid of 50,000 images stays smooth, filtered or not, and shows its end', async () => {
  const studio = await openStudioWindow('browser')
  const { page } = studio
  try {
    fillHome('manyImages.ts', studio.home, String(images))
    await page.goto(`${studio.server!.url}/data/d1`)
    await expect(page.getByText('50,000 images').first()).toBeVisible()
    const grid = page.getByRole('grid')
    await expect(grid.getByRole('img').first()).toBeVisible()
    const scrolled = await grid.evaluate(
      (scroller) =>
        new Promise<Scrolled>((done) => {
          const { requestAnimationFrame } = globalThis as unknown as {
            requestAnimationFrame(next: (now: number) => void): void
          }
          const times: number[] = []
          let [before, cells] = [performance.now(), 0]
          const step = (now: number): void => {
            times.push(now - before)
            before = now
            cells = Math.max(cells, scroller.querySelectorAll('[role=gridcell]').length)
            // Like a wheel, and every now and then like someone who pulls the bar.
            scroller.scrollTop += times.length % 40 === 0 ? 100_000 : 180
            if (times.length < 240) requestAnimationFrame(step)
            else {
              const sorted = times.slice(1).sort((a, b) => a - b)
              done({ cells, median: sorted[120]!, slow: sorted.filter((time) => time > 100).length })
            }
          }
          requestAnimationFrame(step)
        }),
    )
    console.log(`frames: median ${scrolled.median.toFixed(1)} ms, ${scrolled.slow} of 240 above 100 ms`)
    expect(scrolled.cells).toBeLessThan(200)
    expect(scrolled.median).toBeLessThan(50)
    await page.getByRole('gridcell').first().focus()
    await page.keyboard.press('End')
    const last = page.locator(`[data-index="${images - 1}"]`)
    await expect(last.getByRole('img')).toBeVisible()
    await expect
      .poll(() => last.getByRole('img').evaluate((image) => image.getBoundingClientRect().width > 0))
      .toBe(true)
    await page.getByRole('button', { name: /^Test/ }).click()
    await expect(page.getByText('7,143 images')).toBeVisible()
  } finally {
    await studio.close()
  }
})
