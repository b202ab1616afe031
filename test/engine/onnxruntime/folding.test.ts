import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bytesOf, type Tensors } from '../../../core/base/tensor.ts'
import { runtime } from '../../../core/engine/onnxruntime/runtime.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import { inferenceGraph } from '../../../core/graph/step.ts'
import { buildNetwork } from '../../../core/network/architectures/index.ts'
import type { Network } from '../../../core/network/types.ts'
import { specWith } from '../../network/build.ts'
import { noise, startOf } from '../architectures.ts'
import { relativeError } from '../fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'folding-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Statistics of something that has been seen. */
const lively = (weights: Tensors): Tensors =>
  new Map(
    [...weights].map(([name, { shape, data }]) => {
      const seen = name.endsWith('running_var') ? 1 : 0
      const values = Float32Array.from(noise(name, data.length), (value) => seen + 0.3 * value)
      return [name, { shape, data: name.includes('running_') ? values : data }]
    }),
  )

/** Opened as the predictor opens it: the weights lie outside of the model. */
async function logitsOf(network: Network, weights: Tensors, level: 'all' | 'disabled') {
  const model = onnxModel(inferenceGraph(network), {
    ...{ name: network.name, dialect: 'cpu', constants: weights, outside: true },
  } as const)
  const optimized = join(folder, `${network.name}-${level}.onnx`)
  const session = await runtime().InferenceSession.create(model, {
    externalData: [...weights].map(([path, { data }]) => ({ path, data: bytesOf(data) })),
    graphOptimizationLevel: level,
    optimizedModelFilePath: optimized,
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  })
  const shape = [2, ...network.input]
  const data = Float32Array.from(
    noise(
      'images',
      shape.reduce((a, b) => a * b),
    ),
  )
  const { logits } = await session.run({ images: new (runtime().Tensor)('float32', data, shape) })
  await session.release()
  // The field op_type of a node, with its length before it.
  const count = readFileSync(optimized, 'latin1').split('"\x12BatchNormalization').length - 1
  return { count, logits: { shape: [2, network.classes], data: logits!.data as Float32Array } }
}

test.each(['resnet18', 'seresnet50', 'googlenet-torchvision'] as const)(
  '%s is used with its batch normalization folded into its convolutions, and computes the same',
  async (config) => {
    const spec = specWith(config, { widthMultiplier: 1 / 16, auxiliary: false })
    const network = buildNetwork({ ...spec, classes: 5, crop: 64 })
    const weights = lively(startOf(network).weights)
    const plain = await logitsOf(network, weights, 'disabled')
    const folded = await logitsOf(network, weights, 'all')
    expect(plain.count).toBe(network.layers.filter(({ kind }) => kind === 'batchNorm').length)
    expect(folded.count).toBe(0)
    expect(relativeError(folded.logits, plain.logits)).toBeLessThan(1e-5)
  },
)
