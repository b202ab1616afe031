import { describe as suite, expect, test } from 'vitest'
import {
  buildNetwork,
  entryOf,
  initialScheme,
  networkSpec,
} from '../../../core/network/architectures/index.ts'
import { describe } from '../../../core/network/cost.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { parameters } from '../../../core/network/parameters.ts'

const alexnet = (settings: object = {}, classes = 1000, crop = 227) =>
  buildNetwork({ ...networkSpec({ config: 'alexnet', ...settings }), classes, crop })

suite('AlexNet', () => {
  /** The lecture's table: channels, side, KB of 1024 bytes, parameters in k without biases, multiply-adds in M. */
  test.each([
    ['conv1', [64, 56, 56], 784, 23, 73],
    ['pool1', [64, 27, 27], 182, 0, 0],
    ['conv2', [192, 27, 27], 547, 307, 224],
    ['pool2', [192, 13, 13], 127, 0, 0],
    ['conv3', [384, 13, 13], 254, 664, 112],
    // The slide's 145 M is a misprint: 256·384·3·3·13·13 = 149.5 M.
    ['conv4', [256, 13, 13], 169, 885, 150],
    ['conv5', [256, 13, 13], 169, 590, 100],
    ['pool5', [256, 6, 6], 36, 0, 0],
    ['flatten', [9216], 36, 0, 0],
    ['fc6', [4096], 16, 37_749, 38],
    ['fc7', [4096], 16, 16_777, 17],
    ['fc8', [1000], 4, 4_096, 4],
  ])('%s is as in the lecture’s table', (label, shape, kilobytes, thousands, millions) => {
    const layer = describe(alexnet()).layers.find((one) => one.label === label)!
    expect(layer.outputShape).toEqual(shape)
    expect(Math.round(layer.memory / 1024)).toBe(kilobytes)
    expect(Math.round(layer.weights / 1e3)).toBe(thousands)
    expect(Math.round(layer.multiplyAdds / 1e6)).toBe(millions)
  })

  test('has the parameters of torchvision’s alexnet, with response normalization and without', () => {
    for (const lrn of [true, false]) {
      expect(describe(alexnet({ lrn })).parameters).toBe(61_100_840)
      expect(parameters(alexnet({ lrn })).map(({ name, shape }) => `${name} ${shape.join('×')}`)).toEqual([
        ...['features.0.weight 64×3×11×11', 'features.0.bias 64'],
        ...['features.3.weight 192×64×5×5', 'features.3.bias 192'],
        ...['features.6.weight 384×192×3×3', 'features.6.bias 384'],
        ...['features.8.weight 256×384×3×3', 'features.8.bias 256'],
        ...['features.10.weight 256×256×3×3', 'features.10.bias 256'],
        ...['classifier.1.weight 4096×9216', 'classifier.1.bias 4096'],
        ...['classifier.4.weight 4096×4096', 'classifier.4.bias 4096'],
        ...['classifier.6.weight 1000×4096', 'classifier.6.bias 1000'],
      ])
    }
  })

  test('normalizes responses after the first two rectifications, and drops before the first two FC layers', () => {
    const labels = alexnet().layers.map(({ label }) => label)
    expect(labels.slice(0, 8)).toEqual(['conv1', 'relu1', 'lrn1', 'pool1', 'conv2', 'relu2', 'lrn2', 'pool2'])
    expect(labels.slice(-8)).toEqual([
      'flatten',
      'dropout6',
      'fc6',
      'relu6',
      'dropout7',
      'fc7',
      'relu7',
      'fc8',
    ])
    expect(alexnet({ lrn: false }).layers.some(({ kind }) => kind === 'localResponseNorm')).toBe(false)
  })

  test('takes crops from 63 pixels on, and says so of smaller ones', () => {
    expect(describe(alexnet({}, 2, 63)).layers.find(({ label }) => label === 'pool5')!.outputShape).toEqual([
      256, 1, 1,
    ])
    expect(() => alexnet({}, 2, 62)).toThrow(/^crop must be a whole number of at least 63, not 62\./)
  })

  test('starts as PyTorch’s layers do by themselves: weights and biases U(±1/√fan-in)', () => {
    const network = alexnet({ fcWidth: 64, widthMultiplier: 0.5 }, 10, 63)
    const weights = initialize(network, initialScheme({ family: 'alexnet' }, 'torchvision'), 1)
    for (const [layer, fanIn] of [
      ['features.3', 32 * 25],
      ['classifier.1', 128],
    ] as const) {
      const limit = 1 / Math.sqrt(fanIn)
      const { data } = weights.get(`${layer}.weight`)!
      expect(Math.max(...data)).toBeLessThanOrEqual(limit)
      expect(Math.max(...data)).toBeGreaterThan(0.99 * limit)
      const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length
      expect(Math.abs((3 * variance) / limit ** 2 - 1)).toBeLessThan(0.05)
      const biases = weights.get(`${layer}.bias`)!.data
      expect(Math.max(...biases.map(Math.abs))).toBeLessThanOrEqual(limit)
      expect(Math.max(...biases.map(Math.abs))).toBeGreaterThan(limit / 2)
    }
  })

  test('is torchvision’s model where it has no response normalization', () => {
    const { model } = entryOf({ family: 'alexnet' }).externalNames.torchvision
    expect(model(networkSpec({ config: 'alexnet', lrn: false }))).toBe('alexnet')
    expect(model(networkSpec({ config: 'alexnet' }))).toBeNull()
  })
})
