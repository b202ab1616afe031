import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openAnyModel, type ModelInput } from '../../../core/engine/onnxruntime/anyModel.ts'
import { runtime } from '../../../core/engine/onnxruntime/runtime.ts'
import { signedWeights, wholeBias } from '../../../core/graph/onnx/eightBits.ts'
import { floatsOf } from '../../../core/graph/onnx/foldBatchNorm.ts'
import { leastOf, mostOf, observedNames, observingModel } from '../../../core/graph/onnx/planQuantization.ts'
import { quantizedModel } from '../../../core/graph/onnx/quantize.ts'
import { encodeModel, type OnnxModel, type OnnxTensor } from '../../../core/graph/onnx/schema.ts'
import { calibrationImages, planOf, quantizedNames, quantizedNetwork } from './quantizedNetworks.ts'

interface Quantized {
  readonly activations: Readonly<Record<string, { readonly scale: number; readonly zero: number }>>
  readonly weights: Readonly<Record<string, { readonly scales: readonly number[]; readonly sha256: string }>>
  readonly biases: Readonly<Record<string, string>>
  readonly logits: readonly number[]
}

/** What onnxruntime.quantization makes of the same networks (test/reference/quantization.py). */
const fixtures = JSON.parse(
  readFileSync(new URL('../../fixtures/quantization.json', import.meta.url), 'utf8'),
) as Readonly<
  Record<
    string,
    {
      readonly ranges: Readonly<Record<string, { readonly low: number; readonly high: number }>>
      readonly whole: Quantized
      readonly reduced: Quantized
    }
  >
>

/** The same parts of ours. */
function described(model: OnnxModel): Omit<Quantized, 'logits'> {
  const tensors = new Map(model.initializers.map((one) => [one.name, one]))
  const pairs = model.nodes.filter(({ op_type }) => op_type === 'QuantizeLinear')
  const constants = model.nodes.filter(
    ({ op_type, input }) => op_type === 'DequantizeLinear' && tensors.has(input[0]!),
  )
  const own = (name: string): string => name.replace(/_quantized$/, '')
  const sha = ({ raw_data }: OnnxTensor): string => createHash('sha256').update(raw_data!).digest('hex')
  const [int8, int32] = [3, 6].map((type) =>
    constants.filter(({ input }) => tensors.get(input[0]!)!.data_type === type),
  )
  return {
    activations: Object.fromEntries(
      pairs.map(({ input: [name, scale, zero] }) => [
        name!,
        { scale: floatsOf(tensors.get(scale!)!)[0]!, zero: tensors.get(zero!)!.raw_data![0]! },
      ]),
    ),
    weights: Object.fromEntries(
      int8!.map(({ input: [values, scales] }) => [
        own(values!),
        { scales: [...floatsOf(tensors.get(scales!)!)], sha256: sha(tensors.get(values!)!) },
      ]),
    ),
    biases: Object.fromEntries(
      int32!.map(({ input: [values] }) => [own(values!), sha(tensors.get(values!)!)]),
    ),
  }
}

async function asItRuns(own: OnnxModel, image: ModelInput): Promise<Float32Array> {
  const model = await openAnyModel(encodeModel(own))
  try {
    return (await model.run('images', image)).get('logits')!
  } finally {
    await model.dispose()
  }
}

/** Its integers unpacked, each layer in floats: without VNNI, sums of whole bytes would be cut off. */
async function inFloats(own: OnnxModel, { data, shape }: ModelInput): Promise<Float32Array> {
  const { InferenceSession, Tensor } = runtime()
  const session = await InferenceSession.create(encodeModel(own), { graphOptimizationLevel: 'disabled' })
  try {
    const { logits } = await session.run({ images: new Tensor('float32', data as Float32Array, shape) })
    return logits!.data as Float32Array
  } finally {
    await session.release()
  }
}

test('a bias fits its 32 bits also where the weights are next to nothing', () => {
  const [bias, inputScale] = [Float32Array.of(3, -2, 0), 1e-3]
  const weights = Float32Array.of(1e-20, -1e-20, 0, 0, 0.5, 0.25)
  const { values, scales } = signedWeights(weights, 3, { largest: 127, bias, inputScale })
  const whole = wholeBias(bias, scales, inputScale)
  whole.values.forEach((value, at) => expect(value * whole.scales[at]!).toBeCloseTo(bias[at]!, 3))
  expect([...values.slice(4)]).toEqual([127, 64])
})

describe.each(quantizedNames)('%s in 8 bits', (name) => {
  const network = quantizedNetwork(name)
  const plan = planOf(network)
  const images = calibrationImages(network)
  const { ranges, ...expected } = fixtures[name]!

  test('takes the ranges of its activations as ONNX Runtime’s calibration does', async () => {
    const model = await openAnyModel(encodeModel(observingModel(plan)))
    const runs = []
    for (const image of images.slice(0, 3)) runs.push(await model.run('images', image))
    await model.dispose()
    for (const one of observedNames(plan)) {
      const low = Math.min(...runs.map((values) => values.get(leastOf(one))![0]!))
      const high = Math.max(...runs.map((values) => values.get(mostOf(one))![0]!))
      // Nothing where a ReLU is dead.
      const span = Math.max(ranges[one]!.high - ranges[one]!.low, 1e-30)
      expect(Math.abs(low - ranges[one]!.low) / span).toBeLessThan(1e-5)
      expect(Math.abs(high - ranges[one]!.high) / span).toBeLessThan(1e-5)
    }
  })

  test.each(['whole', 'reduced'] as const)(
    'has the scales, zero points, weights and biases of ONNX Runtime’s quantizer: %s range',
    async (range) => {
      const own = quantizedModel(plan, new Map(Object.entries(ranges)), { reduceRange: range === 'reduced' })
      const { logits, ...parts } = expected[range]
      expect(described(own)).toEqual(parts)
      const values = range === 'whole' ? await inFloats(own, images[3]!) : await asItRuns(own, images[3]!)
      const span = Math.max(...logits) - Math.min(...logits)
      const largest = Math.max(...logits.map((value, at) => Math.abs(value - values[at]!)))
      expect(largest / span).toBeLessThan(range === 'reduced' ? 1e-2 : 3e-2)
    },
  )
})
