import { expect, it } from 'vitest'
import { linearFactors } from '../../../core/graph/linearFactors.ts'
import { tapGradients } from '../../../core/graph/onnx/gradients.ts'
import { trainingGraph } from '../../../core/graph/step.ts'
import { buildVgg, vggDefaults } from '../../../core/network/vgg.ts'

it('leaves gradients of 3×3 convolutions with the taps first, of linear layers as factors, others as they are', () => {
  // C has 1×1 convolutions too.
  const network = buildVgg({ ...vggDefaults, config: 'C', classes: 3, crop: 32, fcWidth: 8 })
  const whole = trainingGraph(network, new Set())
  const raw = tapGradients(linearFactors(whole))
  const shapes = new Map([...raw.outputs].map(([name, { shape }]) => [name, shape.join('×')]))
  expect(shapes.has('gradient/features.0.weight')).toBe(false)
  expect(shapes.get('gradient/features.0.weight/taps')).toBe('9×64×3')
  expect(shapes.has('gradient/classifier.0.weight')).toBe(false)
  expect(shapes.get('gradient/classifier.0.weight/dy')).toBe('N×8')
  expect(shapes.get('gradient/classifier.0.weight/x')).toBe('N×512')
  const oneByOne = [...whole.outputs].filter(([, { shape }]) => shape[2] === 1).map(([name]) => name)
  expect(oneByOne).toHaveLength(3)
  for (const name of [...oneByOne, 'loss', 'logits', 'gradient/classifier.0.bias']) {
    expect(raw.outputs.get(name)).toBe(whole.outputs.get(name))
  }
})
