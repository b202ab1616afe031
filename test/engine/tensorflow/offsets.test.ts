import { expect, test } from 'vitest'
import { findEngine } from '../../../core/engine/index.ts'
import { denseWeights, toDenseWithOffsets } from '../../../core/network/dense.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { buildVgg, vggDefaults } from '../../network/build.ts'
import { unless } from '../../unless.ts'
import { whyUnusable } from '../../say.ts'

const devices = await findEngine('tensorflow').devices()

const usable = devices.some((device) => device.usable)
if (!usable && process.env['CI']) throw new Error(`CI may not skip TensorFlow: ${whyUnusable(devices[0])}`)

test.skipIf(!usable)(
  `a dense network with pooling offsets, whose convolutions are dilated, gives ONNX Runtime’s logits${unless(usable, `TensorFlow: ${whyUnusable(devices[0])}`)}`,
  async () => {
    const network = buildVgg({ ...vggDefaults, config: 'A', crop: 64, classes: 5, fcWidth: 8, widthMultiplier: 1 / 32 }) // prettier-ignore
    const weights = initialize(network, 'he', 1)
    const data = Float32Array.from({ length: 2 * 3 * 97 * 130 }, (_, index) => Math.sin(index * 0.7))
    const results: Float32Array[] = []
    for (const name of ['onnxruntime', 'tensorflow'] as const) {
      const predictor = await findEngine(name).predictor(
        toDenseWithOffsets(network),
        denseWeights(network, weights),
      )
      results.push((await predictor.logits({ shape: [2, 3, 97, 130], data })).data)
      await predictor.dispose()
    }
    results[0]!.forEach((value, index) => expect(results[1]![index]).toBeCloseTo(value, 4))
  },
)
