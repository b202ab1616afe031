import { expect, it } from 'vitest'
import { separateTaps } from '../../../core/graph/onnx/taps.ts'
import { trainingGraph } from '../../../core/graph/step.ts'
import { buildVgg, vggDefaults } from '../../../core/network/vgg.ts'

it('leaves the gradient of a 3×3 convolution as nine matrices, all others as they are', () => {
  // C has 1×1 convolutions too.
  const network = buildVgg({ ...vggDefaults, config: 'C', classes: 3, crop: 32, fcWidth: 8 })
  const whole = trainingGraph(network, new Set())
  const separate = separateTaps(whole)
  const shapes = new Map([...separate.outputs].map(([name, { shape }]) => [name, shape.join('×')]))
  expect(shapes.has('gradient/features.0.weight')).toBe(false)
  for (let tap = 0; tap < 9; tap++) expect(shapes.get(`gradient/features.0.weight/${tap}`)).toBe('64×3')
  const oneByOne = [...whole.outputs].filter(([, { shape }]) => shape[2] === 1).map(([name]) => name)
  expect(oneByOne).toHaveLength(3)
  for (const name of [...oneByOne, 'loss', 'logits', 'gradient/classifier.0.weight']) {
    expect(separate.outputs.get(name)).toBe(whole.outputs.get(name))
  }
})
