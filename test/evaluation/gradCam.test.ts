import { expect, test } from 'vitest'
import type { Tensors } from '../../core/base/tensor.ts'
import { openSensitivity } from '../../core/engine/onnxruntime/sensitivity.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { gradCam, weightedChannels } from '../../core/evaluation/gradCam.ts'
import { noise } from '../engine/architectures.ts'
import { insideOf, insideReferences } from '../engine/insides.ts'

/** The class of the references. */
const explained = 2

async function mapsOf(name: string, layer: string, changed: (weights: Tensors) => Tensors = (same) => same) {
  const { network, weights, image } = insideOf(name)
  const sensitivity = await openSensitivity(network, changed(weights), layer, { threads: 1 })
  const seeds = { shape: [1, network.classes], data: new Float32Array(network.classes) }
  seeds.data[explained] = 1
  const found = await sensitivity.run(image, seeds)
  await sensitivity.dispose()
  return { ...found, map: weightedChannels(found.activation, found.gradient), network, weights, image }
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const squares = (of: (at: number) => number): number =>
    Array.from(b, (_, at) => of(at) ** 2).reduce((sum, one) => sum + one, 0)
  return Math.sqrt(squares((at) => a[at]! - b[at]!) / squares((at) => b[at]!))
}

test.each(Object.keys(insideReferences))(
  'the maps of %s are PyTorch’s, at the last and at earlier layers',
  async (name) => {
    for (const [layer, { shape, values }] of Object.entries(insideReferences[name]!.gradCam)) {
      const { map, activation, gradient } = await mapsOf(name, layer)
      expect(distance(map, values), layer).toBeLessThan(1e-4)
      const heat = gradCam(activation, gradient)
      expect([heat.height, heat.width]).toEqual(shape)
      expect([...heat.values]).toEqual([...map].map((value) => Math.max(0, value)))
    }
  },
)

test('logits beside the map are those of the prediction, and random weights change the map', async () => {
  const layer = 'features.25'
  const { map, logits, network, weights, image } = await mapsOf('A-batch-norm', layer)
  const predictor = await onnxruntimeEngine.predictor(network, weights, { threads: 1 })
  expect(distance(logits.data, (await predictor.logits(image)).data)).toBeLessThan(1e-5)
  await predictor.dispose()
  const randomized = await mapsOf('A-batch-norm', layer, (same) => {
    const key = 'classifier.6.weight'
    const { shape, data } = same.get(key)!
    return new Map(same).set(key, { shape, data: Float32Array.from(noise('random', data.length)) })
  })
  expect(distance(randomized.map, map)).toBeGreaterThan(0.5)
})
