import { defineConfig } from '@playwright/test'
import { installedRuntime } from './test/electron/real/runtime.ts'

const ci = process.env['CI'] !== undefined
const flows = { name: 'electron', testDir: 'test/e2e', testMatch: ['flow.spec.ts', 'robustness.spec.ts'] }

/** `npm run test:electron`: the application in a real Electron; where that is the current one, the flows of test/e2e too. */
export default defineConfig({
  globalSetup: './test/electron/real/setup.ts',
  outputDir: 'test-results/electron-failures',
  // Each window has a server of its own, that trains: one after the other on a small machine.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: ci ? [['line'], ['json', { outputFile: 'test-results/electron.json' }]] : [['list']],
  projects: [{ name: 'real', testDir: 'test/electron/real' }, ...(installedRuntime() ? [flows] : [])],
})
