import { join, resolve } from 'node:path'
import { runOnScreen } from './screen.ts'

/** `npm run test:electron`: the tests of this folder by Playwright. Arguments go to it. */
const root = resolve(import.meta.dirname, '../../..')
const playwright = [
  join(root, 'node_modules/playwright/cli.js'),
  'test',
  '-c',
  'playwright.electron.config.ts',
]
process.exitCode = runOnScreen([process.execPath, ...playwright, ...process.argv.slice(2)], root)
