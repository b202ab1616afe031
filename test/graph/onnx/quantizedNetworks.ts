import { random } from '../../../core/base/random.ts'
import type { ModelInput } from '../../../core/engine/onnxruntime/anyModel.ts'
import { deployedModel } from '../../../core/graph/onnx/deployed.ts'
import { planQuantization, type QuantizationPlan } from '../../../core/graph/onnx/planQuantization.ts'
import type { Network } from '../../../core/network/types.ts'
import { withoutAuxiliary } from '../../../core/network/withoutAuxiliary.ts'
import { describedNetworks } from '../../network/describedNetworks.ts'
import { disturbed } from '../../network/disturbed.ts'

/** Networks that ONNX Runtime's quantizer has quantized too (test/reference/quantization.py). */
export const quantizedNames = ['everyKind', 'A', 'resnet18', 'googlenet'] as const

export const quantizedNetwork = (name: string): Network => withoutAuxiliary(describedNetworks()[name]!)

export function planOf(network: Network): QuantizationPlan {
  const options = { metadata: {}, preparation: null, anySize: false, batch: 'any' } as const
  return planQuantization(deployedModel(network, disturbed(network), options))
}

/** Three to calibrate on, and a fourth to classify; values −2 … 2. */
export function calibrationImages(network: Network): readonly ModelInput[] {
  const shape = [1, ...network.input]
  const size = shape.reduce((a, b) => a * b)
  return Array.from({ length: 4 }, (_, index) => {
    const source = random(41, index)
    return {
      type: 'float32',
      shape,
      data: Float32Array.from({ length: size }, () => source.uniform() * 4 - 2),
    }
  })
}
