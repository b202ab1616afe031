import { it } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { deeper, distinct, shrunkNetworks } from './architectures.ts'
import { describeArchitectures } from './conformance.ts'
import { useSoftwareAdapter } from './softwareAdapter.ts'
import { whyUnusable } from '../say.ts'

// Every architecture on every engine that computes here; on the CPU those that npm test leaves out.
// WebGPU in software (SwiftShader) takes 10 to 60 s each, for its shaders. The largest differences seen there: a gradient
// by 3.5e-5, a tensor after five steps by 1.1e-6 (E with batch normalization; PyTorch's own in 32 bits: 5.4e-5).
useSoftwareAdapter()
const others = new Set(Object.keys(shrunkNetworks()).filter((name) => !distinct.has(name)))

// More of the same blocks takes minutes there, so that they are asked for: `DEEP=1 npx vitest run --config
// vitest.slow.config.ts test/engine/architectures.slow.ts -t resnet34 --testTimeout 1200000`. ResNet-34 and -101 passed; one
// of ResNet-152's many activations comes so near 0 that it falls on the other side: below it gradients differ by 2%, above
// it by 3e-6.
const isAsked = process.env['DEEP'] === '1'
const onGpu = new Set(Object.keys(shrunkNetworks()).filter((name) => isAsked || !deeper.has(name)))

for (const engine of [onnxruntimeEngine, tensorflowEngine]) {
  for (const { id: device, usable, reason } of await engine.devices()) {
    const place = { device, precision: 'fp32', threads: 1 } as const
    if (device === 'cpu' && usable) describeArchitectures(engine, place, others)
    else if (usable) describeArchitectures(engine, place, onGpu)
    else it.skip(`${engine.name} on ${device} (skipped: ${whyUnusable({ reason })})`)
  }
}
