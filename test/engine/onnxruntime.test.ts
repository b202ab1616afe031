import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { testDevice } from '../../core/engine/selection/selfTest.ts'
import { describeConformance } from './conformance.ts'
import { describeFiniteDifferences } from './finiteDifferences.ts'

describeConformance(onnxruntimeEngine, { device: 'cpu', threads: 2 })
describeFiniteDifferences(onnxruntimeEngine, { device: 'cpu', threads: 2 })

// WebGPU has a file of its own (webgpu.test.ts), for what its software adapter needs.
for (const device of await onnxruntimeEngine.devices()) {
  if (device.id === 'cpu' || device.id === 'webgpu') continue
  const { usable } = await testDevice(device)
  if (usable) describeConformance(onnxruntimeEngine, { device: device.id })
}
