import { loadBinding } from '../../../core/engine/tensorflow/binding.ts'
import { tensorflowEngine } from '../../../core/engine/tensorflow/engine.ts'
import type { Precision } from '../../../core/engine/types.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { buildVgg, vggDefaults } from '../../network/build.ts'

/** `node --expose-gc memoryProcess.ts PRECISION`: trains 500 steps; sends what is held after each tenth. */
export interface Sample {
  readonly step: number
  readonly tensors: number
  /** Resident bytes. */
  readonly memory: number
}

const network = buildVgg({
  ...vggDefaults,
  config: 'A-LRN',
  classes: 10,
  crop: 32,
  fcWidth: 64,
  widthMultiplier: 1 / 16,
  batchNorm: true,
})
const count = 8
const images = { shape: [count, 3, 32, 32], data: new Float32Array(count * 3 * 32 * 32).fill(0.1) }
const batch = { images, labels: new Int32Array(count), weights: new Float32Array(count).fill(1 / count) }
const execution = { device: 'cpu', precision: process.argv[2] as Precision, threads: 2 }
const initial = { weights: initialize(network, 'he', 1), momentum: new Map() }

const trainer = await tensorflowEngine.trainer(network, initial, execution)
const samples: Sample[] = []
for (let step = 0; step <= 500; step++) {
  await trainer.accumulate({ ...batch, dropoutSeed: [step] })
  await trainer.apply({ learningRate: 0.001, momentum: 0.9, weightDecay: 5e-4 })
  if (step % 10 > 0) continue
  globalThis.gc?.()
  samples.push({ step, tensors: loadBinding().getNumOfTensors(), memory: process.memoryUsage().rss })
}
process.send?.(samples)
process.disconnect?.()
