import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { describeFiniteDifferences } from './finiteDifferences.ts'

// npm test holds the same gradients against PyTorch's (tensorflow.test.ts).
for (const { id: device, usable, reason } of await tensorflowEngine.devices()) {
  if (usable) describeFiniteDifferences(tensorflowEngine, { device, precision: 'fp32', threads: 1 })
  else if (device === 'cpu') throw new Error(`TensorFlow cannot be tested: ${reason}`)
}
