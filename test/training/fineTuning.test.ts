import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import type { State } from '../../core/engine/types.ts'
import { frozenLayers, layerRateFactors } from '../../core/training/layers.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { readSafetensors } from '../../core/weights/safetensors.ts'
import { worst } from '../engine/fixtures.ts'
import { buildVgg, type VggOptions } from '../network/build.ts'

test('Gradual unfreezing, rates of groups and frozen batch normalization are PyTorch’s', async () => {
  const path = fileURLToPath(new URL('../fixtures/fineTuning.safetensors', import.meta.url))
  const { tensors, metadata } = await readSafetensors(path)
  const group = (prefix: string) =>
    new Map(
      [...tensors].flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
      ),
    )
  const network = buildVgg(JSON.parse(metadata['options']!) as VggOptions)
  const { learningRate, factor, momentum, weightDecay } = JSON.parse(metadata['rates']!) as Record<
    'learningRate' | 'factor' | 'momentum' | 'weightDecay',
    number
  >
  const { optimization } = parseRecipe({
    optimization: { frozen: 'all-but-head', unfreeze: 1, rateFactors: { group5: factor } },
  })
  const labels = Int32Array.from(tensors.get('labels')!.data)
  const weights = new Float32Array(labels.length).fill(1 / labels.length)
  let state: State = { weights: group('initial/'), momentum: new Map() }
  let step = 0
  // An epoch of two updates each: the head, then one more group, the last first.
  for (const epoch of [0, 1, 2]) {
    const trainer = await onnxruntimeEngine.trainer(network, state, {
      frozen: frozenLayers(network, optimization, epoch),
      rateFactors: layerRateFactors(network, optimization),
    })
    for (let update = 0; update < 2; update++) {
      const images = tensors.get('images')!
      const { loss } = await trainer.accumulate({ images, labels, weights, dropoutSeed: [0] })
      expect(loss).toBeCloseTo(tensors.get(`loss/${step}`)!.data[0]!, 4)
      step++
      await trainer.apply({ learningRate, momentum, weightDecay })
    }
    state = await trainer.state()
    await trainer.dispose()
  }
  expect(worst(state.weights, group('final/')).error).toBeLessThan(1e-4)
  const expected = group('momentum/')
  expect([...state.momentum.keys()].sort()).toEqual([...expected.keys()].sort())
  // The gradient of a bias before batch normalization is rounding.
  const convolutions = new Set(
    network.layers.flatMap(({ kind, name }) => (kind === 'convolution' ? [`${name}.bias`] : [])),
  )
  const real = new Map([...expected].filter(([name]) => !convolutions.has(name)))
  expect(worst(state.momentum, real).error).toBeLessThan(1e-3)
  // What never learned is as it was, the statistics of batch normalization too.
  const initial = group('initial/')
  expect(state.weights.get('features.1.running_mean')).toEqual(initial.get('features.1.running_mean'))
  expect(state.weights.get('features.0.weight')).toEqual(initial.get('features.0.weight'))
})
