import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import type { Predictor } from '../../core/engine/types.ts'
import { softmax } from '../../core/evaluation/probabilities.ts'
import { denseWeights, toDense } from '../../core/network/dense.ts'
import { readSafetensors } from '../../core/weights/safetensors.ts'
import { type VggOptions, buildVgg } from '../network/build.ts'

/** Made by test/reference/dense.py. */
const fixture = await readSafetensors(
  fileURLToPath(new URL('../fixtures/dense.safetensors', import.meta.url)),
)
const tensor = (name: string): Tensor => fixture.tensors.get(name)!
const network = buildVgg(JSON.parse(fixture.metadata.options!) as VggOptions)
const weights = new Map(
  [...fixture.tensors].flatMap(([name, value]) =>
    name.startsWith('weights/') ? [[name.slice('weights/'.length), value] as const] : [],
  ),
)

/** Each row reversed. */
const mirror = ({ shape, data }: Tensor): Tensor => {
  const width = shape.at(-1)!
  return {
    shape,
    data: data.map((_, index) => data[index - (index % width) + width - 1 - (index % width)]!),
  }
}

const largestDifference = (a: ArrayLike<number>, b: Tensor): number => {
  expect(a).toHaveLength(b.data.length)
  return Math.max(...b.data.map((value, index) => Math.abs(value - a[index]!)))
}

describe('a network on whole images, in ONNX Runtime', () => {
  let plain: Predictor
  let dense: Predictor
  beforeAll(async () => {
    const engine = findEngine('onnxruntime')
    plain = await engine.predictor(network, weights)
    dense = await engine.predictor(toDense(network), denseWeights(network, weights))
  })
  afterAll(async () => {
    await plain.dispose()
    await dense.dispose()
  })

  test.each([
    [0, '64×64 (its crop)'],
    [1, '64×97'],
    [2, '115×83'],
  ])('gives PyTorch’s dense logits (image %i, %s)', async (n) => {
    const logits = await dense.logits(tensor(`image/${n}`))
    expect(logits.shape).toEqual([1, network.classes])
    expect(largestDifference(logits.data, tensor(`dense/${n}`))).toBeLessThan(1e-4)
  })

  test('gives PyTorch’s probabilities averaged with the mirrored image', async () => {
    const image = tensor('image/2')
    const a = softmax(await dense.logits(image)).data
    const b = softmax(await dense.logits(mirror(image))).data
    const mean = a.map((value, index) => (value + b[index]!) / 2)
    expect(largestDifference(mean, tensor('flipped/2'))).toBeLessThan(1e-5)
    expect(largestDifference(a, tensor('flipped/2'))).toBeGreaterThan(1e-3)
  })

  test('equals the plain network on an image of the crop’s size', async () => {
    const image = tensor('image/0')
    const logits = await dense.logits(image)
    expect(largestDifference(logits.data, await plain.logits(image))).toBeLessThan(1e-4)
    expect(largestDifference(logits.data, tensor('plain/0'))).toBeLessThan(1e-4)
  })
})
