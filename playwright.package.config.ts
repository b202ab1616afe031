import { defineConfig } from '@playwright/test'

const ci = process.env['CI'] !== undefined

/** `npm run test:package`: the installer of this system is made, installed, driven and removed. Minutes, and as root. */
export default defineConfig({
  testDir: 'test/package',
  // Drives what something else has installed.
  testIgnore: process.env['STUDIO_INSTALLED'] === undefined ? ['installed.spec.ts'] : [],
  outputDir: 'test-results/package-failures',
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: ci ? [['line'], ['json', { outputFile: 'test-results/package.json' }]] : [['list']],
})
