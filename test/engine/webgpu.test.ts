import { existsSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { testDevice } from '../../core/engine/selection/selfTest.ts'
import { describeArchitectures, describeConformance } from './conformance.ts'
import { describeFiniteDifferences } from './finiteDifferences.ts'

// Chromium brings a software adapter: it compiles every shader on the CPU, minutes for the whole suite, so that there
// the self-test and one architecture speak for it, the one whose windows overlap. VGG_STUDIO_SLOW_TESTS=architectures
// follows every architecture on it, VGG_STUDIO_SLOW_TESTS=1 runs the whole suite.
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
if (existsSync(software)) process.env.VK_ICD_FILENAMES ??= software

const webgpu = (await onnxruntimeEngine.devices()).find(({ id }) => id === 'webgpu')
const found = webgpu ? await testDevice(webgpu, { timeout: 280_000 }) : undefined

describe('onnxruntime on webgpu', () => {
  const reason = found?.reason ?? 'not part of this package'
  const title = 'trains two small networks as the CPU does'
  if (!found?.selfTest) it.skip(`${title} (skipped: ${reason})`)
  else it(title, () => expect(found.selfTest!.difference).toBeLessThan(1e-4))
})

const wanted = process.env.VGG_STUDIO_SLOW_TESTS ?? (process.env.VK_ICD_FILENAMES === software ? '' : 'all')
if (found?.usable) {
  // Shaders take their time to compile.
  vi.setConfig({ testTimeout: 280_000 })
  const place = { device: 'webgpu' } as const
  if (wanted === '') describeArchitectures(onnxruntimeEngine, place, new Set(['alexnet']))
  else if (wanted === 'architectures') describeArchitectures(onnxruntimeEngine, place)
  else {
    describeConformance(onnxruntimeEngine, place)
    describeFiniteDifferences(onnxruntimeEngine, place)
  }
}
