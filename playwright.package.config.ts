import { defineConfig } from '@playwright/test'

/** `npm run test:package`: the installer of this system is made, installed, driven and removed. Minutes, and as root. */
export default defineConfig({
  testDir: 'test/package',
  outputDir: 'test-results/package-failures',
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
})
