import { describe as suite, expect, test } from 'vitest'
import { buildNetwork, entryOf, networkSpec } from '../../../core/network/architectures/index.ts'
import { describe } from '../../../core/network/cost.ts'
import { onnxruntimeEngine } from '../../../core/engine/onnxruntime/engine.ts'
import type { Tensors } from '../../../core/base/tensor.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { parameters } from '../../../core/network/parameters.ts'
import { transfer } from '../../../core/network/transfer.ts'
import type { Network } from '../../../core/network/types.ts'
import { layerShapes } from '../../../core/network/shapes.ts'
import type { Config } from '../../../core/network/architectures/names.ts'
import { layerGroups } from '../../../core/training/layers.ts'

const built = (config: Config, settings: object = {}, crop = 224) =>
  buildNetwork({ ...networkSpec({ config, ...settings }), classes: 1000, crop })

suite('ResNet', () => {
  test.each([
    ['resnet18', 18, 11_689_512, 1.814, 1.814],
    ['resnet34', 34, 21_797_672, 3.664, 3.664],
    ['resnet50', 50, 25_557_032, 3.858, 4.089],
    ['resnet101', 101, 44_549_160, 7.57, 7.801],
    ['resnet152', 152, 60_192_808, 11.282, 11.514],
    // timm's seresnet50 and legacy_seresnet50; the lecture's table has 3.87 billion.
    ['seresnet50', 50, 28_088_024, 3.861, 4.092],
  ] as const)(
    '%s has %i weight layers, %i parameters, and %f or %f billion multiply-adds',
    (config, depth, count, paper, torchvision) => {
      for (const [variant, billions] of [
        ['paper', paper],
        ['torchvision', torchvision],
      ] as const) {
        const { parameters, multiplyAdds, depth: own } = describe(built(config, { variant }))
        expect(parameters).toBe(count)
        expect(Math.abs(multiplyAdds / (billions * 1e9) - 1)).toBeLessThan(1e-3)
        expect(own).toBe(depth)
      }
    },
  )

  test('halves the map five times, with a projection on the shortcut where the shape changes', () => {
    for (const variant of ['paper', 'torchvision']) {
      const network = built('resnet50', { variant })
      const shapes = layerShapes(network)
      const stages = ['conv1', 'maxpool', 'layer1.2.relu', 'layer2.3.relu', 'layer3.5.relu', 'layer4.2.relu']
      expect(stages.map((name) => shapes.get(name))).toEqual([
        ...[
          [64, 112, 112],
          [64, 56, 56],
          [256, 56, 56],
          [512, 28, 28],
          [1024, 14, 14],
          [2048, 7, 7],
        ],
      ])
      const projections = network.layers.filter(({ name }) => name.endsWith('downsample.0'))
      expect(projections.map(({ name }) => name)).toEqual(
        [1, 2, 3, 4].map((stage) => `layer${stage}.0.downsample.0`),
      )
    }
    const projected = (config: Config) =>
      built(config).layers.filter(({ name }) => name.endsWith('downsample.0'))
    expect(projected('resnet34')).toHaveLength(3)
  })

  test('strides in the 3×3 as torchvision does, or in the first 1×1 with an unpadded pooling as the paper’s models', () => {
    const strides = (variant: string) =>
      [1, 2].map((place) =>
        built('resnet50', { variant }).layers.find(({ name }) => name === `layer2.0.conv${place}`),
      )
    expect(strides('torchvision')).toMatchObject([{ stride: 1 }, { stride: 2 }])
    expect(strides('paper')).toMatchObject([{ stride: 2 }, { stride: 1 }])
    const pool = (variant: string) =>
      built('resnet50', { variant }).layers.find(({ name }) => name === 'maxpool')
    expect(pool('torchvision')).toMatchObject({ padding: 1, ceilMode: false })
    expect(pool('paper')).toMatchObject({ padding: 0, ceilMode: true })
  })

  test('squeeze-and-excitation stands at the end of each residual, with gates for its channels', () => {
    const network = built('resnet18', { squeezeExcitation: 8 })
    const scales = network.layers.filter(({ kind }) => kind === 'scaleChannels')
    expect(scales).toHaveLength(8)
    expect(scales[0]!.inputs).toEqual(['layer1.0.bn2', 'layer1.0.se.sigmoid'])
    expect(layerShapes(network).get('layer4.1.se.fc1')).toEqual([64])
    expect(network.layers.find(({ name }) => name === 'layer4.1.add')!.inputs).toEqual([
      'layer4.1.se.scale',
      'layer4.0.relu',
    ])
  })

  test('groups of layers end where maps get smaller; gates belong to their map, and the head is the classifier', () => {
    const groups = layerGroups(built('seresnet50'))
    expect(groups.map(({ name }) => name)).toEqual(['group1', 'group2', 'group3', 'group4', 'group5', 'head'])
    expect(groups.at(-1)!.layers).toEqual(['fc'])
    expect(groups[1]!.layers).toContain('layer1.0.se.fc1')
    expect(groups[4]!.layers).toContain('layer4.2.se.fc2')
  })

  test('starts a deeper network from a shallower one of the same blocks: all of it, and blocks of its own', () => {
    const tiny = { widthMultiplier: 1 / 16, zeroInitResidual: true }
    const started = (from: Config, to: Config) => {
      const [source, target] = [built(from, tiny, 64), built(to, tiny, 64)]
      const given = initialize(source, 'he', 1)
      const { staged } = entryOf({ family: 'resnet' })
      const own = transfer(target, initialize(target, 'he', 2), { network: source, weights: given }, staged!)
      return { source, target, given, ...own }
    }
    const whole = started('resnet18', 'resnet34')
    expect(whole.copied).toEqual(parameters(whole.source).map(({ name }) => name))
    expect(started('resnet50', 'resnet101').copied.at(-1)).toBe('fc.bias')
    // Its blocks are others, and its last map is four times as wide.
    const stem = [
      'conv1.weight',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((part) => `bn1.${part}`),
    ]
    expect(started('resnet18', 'resnet50').copied).toEqual(stem)
  })

  test('computes what the shallower one does where the blocks on top start as their shortcuts', async () => {
    const tiny = { widthMultiplier: 1 / 16, zeroInitResidual: true }
    const [source, target] = [built('resnet18', tiny, 32), built('resnet34', tiny, 32)]
    const given = new Map(
      [...initialize(source, 'he', 1)].map(([name, { shape, data }]) => [
        name,
        // The shallower one has learned: its own residuals are something.
        { shape, data: name.endsWith('bn2.weight') ? data.map(() => 0.5) : data },
      ]),
    )
    const { staged } = entryOf({ family: 'resnet' })
    const { weights } = transfer(
      target,
      initialize(target, 'he', 2),
      { network: source, weights: given },
      staged!,
    )
    const image = {
      shape: [1, 3, 32, 32],
      data: Float32Array.from({ length: 3072 }, (_, at) => Math.sin(at)),
    }
    const logitsOf = async (network: Network, tensors: Tensors): Promise<Float32Array> => {
      const predictor = await onnxruntimeEngine.predictor(network, tensors, { threads: 1 })
      const { data } = await predictor.logits(image)
      await predictor.dispose()
      return data
    }
    const [shallow, deep] = [await logitsOf(source, given), await logitsOf(target, weights)]
    expect(Math.max(...shallow)).toBeGreaterThan(0.01)
    shallow.forEach((value, index) => expect(deep[index]).toBeCloseTo(value, 5))
  })

  test('is torchvision’s model with its stride and without squeeze-and-excitation', () => {
    const { model } = entryOf({ family: 'resnet' }).externalNames.torchvision
    expect(model(networkSpec({ config: 'resnet101' }))).toBe('resnet101')
    expect(model(networkSpec({ config: 'resnet101', variant: 'paper' }))).toBeNull()
    expect(model(networkSpec({ config: 'resnet101', squeezeExcitation: 16 }))).toBeNull()
    expect(model(networkSpec({ config: 'seresnet50' }))).toBeNull()
  })
})

test('VGG takes squeeze-and-excitation after each ReLU and keeps the names of its parameters', () => {
  const network = built('D', { squeezeExcitation: 16 })
  // The lecture's table: 15.48 billion for SE-VGG-16.
  expect(describe(network).multiplyAdds / 1e9).toBeCloseTo(15.47, 2)
  expect(network.layers.filter(({ kind }) => kind === 'scaleChannels')).toHaveLength(13)
  const names = new Set(network.layers.map(({ name }) => name))
  expect(built('D').layers.every(({ name }) => names.has(name))).toBe(true)
})
