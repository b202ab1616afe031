import { random } from '../base/random.ts'
import { findEngine } from '../engine/index.ts'
import type { EngineName } from '../engine/types.ts'
import { describe } from '../network/cost.ts'
import { initialize } from '../network/initialize.ts'
import { buildVgg, vggDefaults } from '../network/vgg.ts'

/** Of the measured training step: enough work to be representative, little enough to be quick. */
const crop = 64
const batch = 16
const rounds = 3

/** Multiply-adds a second (forward and backward together count three times the forward ones) while training A. */
export async function measureSpeed(input: {
  readonly engine: EngineName
  readonly device: string
}): Promise<number> {
  const network = buildVgg({ ...vggDefaults, config: 'A', classes: 10, crop, fcWidth: 512 })
  const engine = await findEngine(input.engine)
  const initial = { weights: initialize(network, 'he', 0), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { device: input.device })
  try {
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      await trainer.accumulate(noise())
      await trainer.apply({ learningRate: 1e-6, momentum: 0.9, weightDecay: 0 })
      seconds.push((performance.now() - start) / 1000)
    }
    return (3 * batch * describe(network).multiplyAdds) / Math.min(...seconds)
  } finally {
    await trainer.dispose()
  }
}

function noise() {
  const source = random(1)
  const data = Float32Array.from({ length: batch * 3 * crop * crop }, () => 2 * source.uniform() - 1)
  return {
    images: { shape: [batch, 3, crop, crop], data },
    labels: Int32Array.from({ length: batch }, (_, index) => index % 10),
    weights: new Float32Array(batch).fill(1 / batch),
    dropoutSeed: [1],
  }
}
