import { defineConfig } from '@playwright/test'

const ci = process.env['CI'] !== undefined

/** The flows of test/e2e, in Chromium against the real server and in Electron where its binary is. */
export default defineConfig({
  testDir: 'test/e2e',
  globalSetup: './test/e2e/build.ts',
  outputDir: 'test-results/e2e',
  // Each file has a server of its own, that trains: one after the other on a small machine.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: ci ? [['line'], ['json', { outputFile: 'test-results/playwright.json' }]] : [['list']],
  projects: [{ name: 'browser' }, { name: 'electron', testMatch: ['flow.spec.ts', 'robustness.spec.ts'] }],
})
