import { expect, test } from '@playwright/test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installedFor, mainFlow, runInstalled, withWindow, type Installed } from './drive.ts'

/** An application that something else has installed, on any system: STUDIO_INSTALLED names its program. */
const program = process.env['STUDIO_INSTALLED'] ?? ''
let installed: Installed
test.skip(program === '', 'STUDIO_INSTALLED names no installed program.')
test.beforeAll(() => {
  installed = installedFor(mkdtempSync(join(tmpdir(), 'vgg-installed-')), program)
})
test.afterAll(() => {
  if (installed) rmSync(installed.person, { recursive: true, force: true, maxRetries: 5 })
})

test('its Node and each native module work', () => {
  const { stdout, stderr, status } = runInstalled(installed, ['--smoke-test'])
  console.log(stdout, stderr)
  expect(status).toBe(0)
})

test('a person imports the sample, trains on it, evaluates, exports and tries', async () => {
  test.setTimeout(420_000)
  await withWindow(installed, (page) => mainFlow(page, installed))
})
