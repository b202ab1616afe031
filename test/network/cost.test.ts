import { describe as suite, expect, test } from 'vitest'
import { describe, trainingMemory } from '../../core/network/cost.ts'
import { parameters } from '../../core/network/parameters.ts'
import { elementCount } from '../../core/base/tensor.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import type { Layer, Network } from '../../core/network/types.ts'
import { convolution, inception, named, network, residual, vgg } from './examples.ts'

const layerOf = (of: Network, label: string) => describe(of).layers.find((layer) => layer.label === label)!

suite('describe', () => {
  test('D costs 15.47 billion multiply-adds at 224', () => {
    const { multiplyAdds, parameters } = describe(vgg({ config: 'D' }))
    expect(multiplyAdds).toBe(15_470_264_320)
    expect(parameters).toBe(138_357_544)
  })

  /**
   * The lecture's table of AlexNet: memory in KB of 1024 bytes, parameters in k without biases, multiply-adds in M.
   * Its conv4 is printed as 145 M, which 256·384·3·3·13·13 = 149.5 M is not.
   */
  const alexNet = network(
    [
      convolution('conv1', 'input', 64, 11, { stride: 4, padding: 2 }),
      { kind: 'maxPool', ...named('pool1', 'conv1'), kernel: 3, stride: 2, padding: 0, ceilMode: false },
      convolution('conv2', 'pool1', 192, 5),
      { kind: 'maxPool', ...named('pool2', 'conv2'), kernel: 3, stride: 2, padding: 0, ceilMode: false },
      convolution('conv3', 'pool2', 384, 3),
      convolution('conv4', 'conv3', 256, 3),
      convolution('conv5', 'conv4', 256, 3),
      { kind: 'maxPool', ...named('pool5', 'conv5'), kernel: 3, stride: 2, padding: 0, ceilMode: false },
      { kind: 'flatten', ...named('flatten', 'pool5') },
      { kind: 'linear', ...named('fc6', 'flatten'), outFeatures: 4096, bias: true },
      { kind: 'linear', ...named('fc7', 'fc6'), outFeatures: 4096, bias: true },
      { kind: 'linear', ...named('fc8', 'fc7'), outFeatures: 1000, bias: true },
    ],
    [3, 227, 227],
    1000,
  )
  test.each([
    ['conv1', 784, 23, 73],
    ['pool1', 182, 0, 0],
    ['conv2', 547, 307, 224],
    ['conv3', 254, 664, 112],
    ['conv4', 169, 885, 150],
    ['conv5', 169, 590, 100],
    ['pool5', 36, 0, 0],
    ['flatten', 36, 0, 0],
    ['fc6', 16, 37_749, 38],
    ['fc7', 16, 16_777, 17],
    ['fc8', 4, 4_096, 4],
  ])('counts as the lecture does: AlexNet’s %s', (label, kilobytes, thousands, millions) => {
    const layer = layerOf(alexNet, label)
    expect(Math.round(layer.memory / 1024)).toBe(kilobytes)
    expect(Math.round(layer.weights / 1e3)).toBe(thousands)
    expect(Math.round(layer.multiplyAdds / 1e6)).toBe(millions)
  })

  test('two 3×3 see 5×5, three see 7×7', () => {
    const three = network(
      [
        convolution('one', 'input', 4, 3),
        convolution('two', 'one', 4, 3),
        convolution('three', 'two', 4, 3),
        { kind: 'globalAveragePool', ...named('average', 'three') },
      ],
      [3, 32, 32],
      4,
    )
    expect(describe(three).layers.map(({ receptiveField }) => receptiveField)).toEqual([3, 5, 7, 38])
  })

  test('D sees 212 pixels in steps of 32 before its FC layers', () => {
    const d = vgg({ config: 'D' })
    expect(layerOf(d, 'conv3-3')).toMatchObject({ receptiveField: 40, receptiveStride: 4 })
    expect(layerOf(d, 'pool5')).toMatchObject({ receptiveField: 212, receptiveStride: 32 })
    expect(layerOf(d, 'fc6')).toMatchObject({ receptiveField: 404, receptiveStride: 32 })
  })

  test('B-5x5 sees as far as B: one 5×5 for two 3×3', () => {
    for (const label of ['pool1', 'pool3', 'pool5']) {
      const { receptiveField } = layerOf(vgg({ config: 'B-5x5' }), label)
      expect(receptiveField).toBe(layerOf(vgg({ config: 'B' }), label).receptiveField)
    }
  })

  test('counts the branches of a residual block, batch normalization and the widest receptive field', () => {
    expect(layerOf(residual, 'block.downsample')).toMatchObject({
      parameters: 8 * 16,
      weights: 8 * 16,
      multiplyAdds: 8 * 16 * 17 * 17,
      receptiveField: 3,
    })
    expect(layerOf(residual, 'block.bn1')).toMatchObject({ parameters: 32, weights: 16, multiplyAdds: 0 })
    expect(layerOf(residual, 'block.add')).toMatchObject({ receptiveField: 9, receptiveStride: 2 })
    expect(describe(residual).parameters).toBe(
      3 * 8 * 9 + 16 + (8 * 16 * 9 + 32) + (16 * 16 * 9 + 32) + 8 * 16 + 170,
    )
  })

  test('counts the branches of an inception module and its auxiliary classifier', () => {
    expect(layerOf(inception, 'c')).toMatchObject({ weights: 2 * 6 * 25, multiplyAdds: 2 * 6 * 25 * 225 })
    expect(layerOf(inception, 'mixed')).toMatchObject({ receptiveField: 27, receptiveStride: 4 })
    expect(layerOf(inception, 'aux.fc')).toMatchObject({ parameters: 3600 * 5 + 5 })
    const trained = parameters(inception).filter(({ trainable }) => trainable)
    const all = trained.reduce((sum, { shape }) => sum + elementCount(shape), 0)
    const { parameters: lasting, auxiliaryParameters, layers } = describe(inception)
    expect(lasting + auxiliaryParameters).toBe(all)
    expect(auxiliaryParameters).toBe(3600 * 5 + 5)
    const auxiliary = layers.filter(({ isAuxiliary }) => isAuxiliary)
    expect(auxiliary.map(({ name }) => name)).toEqual(['aux.flatten', 'aux.fc'])
  })
})

suite('trainingMemory', () => {
  test('holds weights, gradients and momentum once each; running statistics have neither', () => {
    const plain = vgg({ config: 'D' })
    const { parameters, gradients, momentum } = trainingMemory(plain, 1)
    expect([parameters, gradients, momentum]).toEqual(Array(3).fill(4 * 138_357_544))
    const normalized = trainingMemory(vgg({ config: 'D', batchNorm: true }), 1)
    expect(normalized.parameters - normalized.gradients).toBe(4 * 2 * 4224)
  })

  test('activations grow with the batch, everything else stays', () => {
    const [one, eight] = [1, 8].map((batch) => trainingMemory(vgg({ config: 'A' }), batch))
    expect(eight!.activations).toBe(8 * one!.activations)
    expect(eight!.total - one!.total).toBe(7 * one!.activations)
    const { parameters, gradients, momentum, activations, total } = eight!
    expect(total).toBe(parameters + gradients + momentum + activations)
  })

  test('comes near what PyTorch was seen to take for each image of D: 75 MB, 12 of them for pooling indices', () => {
    const { activations } = trainingMemory(vgg({ config: 'D' }), 1)
    expect(activations).toBeGreaterThan(58e6)
    expect(activations).toBeLessThan(66e6)
  })

  test('keeps the image, each rectified map once and no pre-activation: by hand', () => {
    const layers: Layer[] = [
      convolution('conv', 'input', 2, 3),
      { kind: 'relu', ...named('relu', 'conv') },
      { kind: 'flatten', ...named('flatten', 'relu') },
      { kind: 'dropout', ...named('dropout', 'flatten'), rate: 0.5 },
      { kind: 'linear', ...named('fc', 'dropout'), outFeatures: 4, bias: true },
    ]
    // At the FC layer: image, rectified map, mask, its input; gradients of its output and input.
    const numbers = 3 * 64 + 128 + 128 + 128 + (4 + 128)
    expect(trainingMemory(network(layers, [3, 8, 8], 4), 1).activations).toBe(4 * numbers)
  })

  test('a batch-normalized network keeps the convolutions’ outputs too', () => {
    const [plain, normalized] = [false, true].map((batchNorm) => {
      return trainingMemory(vgg({ config: 'D', batchNorm }), 1).activations
    })
    const shapes = layerShapes(vgg({ config: 'D' }))
    const first = shapes.get('features.0')!.reduce((product, size) => product * size, 4)
    expect(normalized! - plain!).toBeGreaterThan(2 * first)
  })

  test('a gradient waits at a residual sum until both of its branches are through', () => {
    const waits = network(
      [
        convolution('stem', 'input', 8, 1),
        convolution('branch', 'stem', 8, 1),
        { kind: 'add', ...named('add', 'stem', 'branch') },
        { kind: 'globalAveragePool', ...named('average', 'add') },
      ],
      [1, 10, 10],
      8,
    )
    // At the branch: image and stem's output kept; gradients of stem (from the sum), of branch.
    // At the sum: the same, and the gradient of the sum.
    expect(trainingMemory(waits, 1).activations).toBe(4 * (100 + 800 + 3 * 800))
  })
})
