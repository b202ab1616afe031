import { describe, expect, it, vi } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { testDevice } from '../../core/engine/selection/selfTest.ts'
import { describeArchitectures, describeConformance } from './conformance.ts'
import { describeFiniteDifferences } from './finiteDifferences.ts'
import { useSoftwareAdapter } from './softwareAdapter.ts'
import { whyUnusable } from '../say.ts'

// A software adapter compiles every shader on the CPU, minutes for the whole suite, so that there the self-test and one
// architecture speak for it, the one whose windows overlap. architectures.slow.ts follows every architecture on it,
// VGG_STUDIO_SLOW_TESTS=1 runs the whole suite.
const isSoftware = useSoftwareAdapter()

const webgpu = (await onnxruntimeEngine.devices()).find(({ id }) => id === 'webgpu')
const found = webgpu ? await testDevice(webgpu, { timeout: 280_000 }) : undefined

describe('onnxruntime on webgpu', () => {
  const reason = whyUnusable(found)
  const title = 'trains two small networks as the CPU does'
  if (!found?.selfTest) it.skip(`${title} (skipped: ${reason})`)
  else it(title, () => expect(found.selfTest!.difference).toBeLessThan(1e-4))
})

if (found?.usable) {
  // Shaders take their time to compile.
  vi.setConfig({ testTimeout: 280_000 })
  const place = { device: 'webgpu' } as const
  if (isSoftware && !process.env.VGG_STUDIO_SLOW_TESTS)
    describeArchitectures(onnxruntimeEngine, place, new Set(['alexnet']))
  else {
    describeConformance(onnxruntimeEngine, place)
    describeFiniteDifferences(onnxruntimeEngine, place)
  }
}
