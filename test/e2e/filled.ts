import { test, type Page } from '@playwright/test'
import { fillHome, openStudioWindow, type StudioWindow } from './studio.ts'

/** A browser window on a home that a script has filled, for all tests of a file; there once the first of them runs. */
export interface FilledStudio {
  readonly page: Page
  /** Errors that the page has thrown. */
  readonly problems: readonly string[]
  /** The address of the server. */
  readonly url: string
  go(path: string): Promise<unknown>
}

/**
 * Opens the window before a file's tests, and closes it behind them.
 * @param script see fillHome
 * @param timeout milliseconds in which the home is filled: its trainings are short, but the machine may be busy
 */
export function filledStudio(script: string, timeout = 300_000): FilledStudio {
  const problems: string[] = []
  let studio: StudioWindow
  test.beforeAll(async () => {
    test.setTimeout(timeout)
    studio = await openStudioWindow('browser', [], (home) => fillHome(script, home))
    studio.page.on('pageerror', (error) => problems.push(String(error.stack)))
  })
  test.afterAll(async () => {
    await studio?.close()
  })
  return {
    problems,
    get page() {
      return studio.page
    },
    get url() {
      return studio.server!.url
    },
    go: (path) => studio.page.goto(`${studio.server!.url}${path}`),
  }
}
