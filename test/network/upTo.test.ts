import { expect, test } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { networkUpTo } from '../../core/network/upTo.ts'
import type { Tensor } from '../../core/base/tensor.ts'
import { worstByDigest } from '../engine/architectures.ts'
import { insideOf, insideReferences } from '../engine/insides.ts'

test.each(Object.keys(insideReferences))(
  'every layer of %s answers an image as PyTorch’s does',
  async (name) => {
    const { network, weights, image } = insideOf(name)
    const found = new Map<string, Tensor>()
    // The layers that change shape, and a few of the others: each is a network of its own to open.
    const looked = network.layers.filter(({ kind }, index) => kind !== 'relu' || index % 7 === 0)
    const sampled = looked.filter(
      (_, index) => looked.length < 40 || index % 5 === 0 || index > looked.length - 4,
    )
    for (const { name: layer } of sampled) {
      const predictor = await onnxruntimeEngine.predictor(networkUpTo(network, layer), weights, {
        threads: 1,
      })
      found.set(layer, await predictor.logits(image))
      await predictor.dispose()
    }
    const expected = Object.fromEntries(
      [...found.keys()].map((key) => [key, insideReferences[name]!.activations[key]!]),
    )
    expect(found.size).toBeGreaterThan(15)
    expect(worstByDigest(found, expected).error).toBeLessThan(2e-5)
  },
)

test('only what a layer comes from is computed for it', () => {
  const { network } = insideOf('resnet50')
  const part = networkUpTo(network, 'layer1.0.downsample.0')
  const names = part.layers.map(({ name }) => name)
  expect(names).toContain('maxpool')
  expect(names).not.toContain('layer1.0.conv1')
  expect(() => networkUpTo(network, 'layer9')).toThrow(/has no layer layer9/)
})
