import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * `npm run test:electron`: the tests of this folder by Playwright, on a screen of their own where Xvfb is, so that no
 * window comes up before whoever works here. Arguments go to Playwright.
 */
const root = resolve(import.meta.dirname, '../../..')
const playwright = [
  join(root, 'node_modules/playwright/cli.js'),
  'test',
  '-c',
  'playwright.electron.config.ts',
]
const command = [process.execPath, ...playwright, ...process.argv.slice(2)]
const screen = existsSync('/usr/bin/xvfb-run') ? ['xvfb-run', '-a', '-s', '-screen 0 1920x1080x24'] : []
const [program, ...args] = [...screen, ...command] as [string, ...string[]]
const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
if (error) throw error
process.exitCode = status ?? 1
