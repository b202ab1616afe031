import { describe as suite, expect, test } from 'vitest'
import { buildNetwork, entryOf, networkSpec } from '../../../core/network/architectures/index.ts'
import { describe } from '../../../core/network/cost.ts'
import { parameters } from '../../../core/network/parameters.ts'
import { layerShapes } from '../../../core/network/shapes.ts'
import { withoutAuxiliary } from '../../../core/network/withoutAuxiliary.ts'
import type { Config } from '../../../core/network/architectures/names.ts'
import { layerGroups } from '../../../core/training/layers.ts'

const built = (config: Config, settings: object = {}, crop = 224) =>
  buildNetwork({ ...networkSpec({ config, ...settings }), classes: 1000, crop })

/** Sums over the layers whose names begin so, auxiliary classifiers left out. */
function sums(config: Config, begin: RegExp) {
  const layers = describe(built(config)).layers.filter(({ name }) => begin.test(name))
  const sum = (of: (layer: (typeof layers)[number]) => number) =>
    layers.reduce((all, one) => all + of(one), 0)
  return { weights: sum((one) => one.weights), multiplyAdds: sum((one) => one.multiplyAdds) }
}

suite('GoogLeNet', () => {
  test('has the output sizes of the paper’s table', () => {
    const shapes = layerShapes(built('googlenet'))
    const table = [
      ['conv1.conv', [64, 112, 112]],
      ['maxpool1', [64, 56, 56]],
      ['conv3.conv', [192, 56, 56]],
      ['maxpool2', [192, 28, 28]],
      ['inception3a', [256, 28, 28]],
      ['inception3b', [480, 28, 28]],
      ['maxpool3', [480, 14, 14]],
      ['inception4a', [512, 14, 14]],
      ['inception4b', [512, 14, 14]],
      ['inception4c', [512, 14, 14]],
      ['inception4d', [528, 14, 14]],
      ['inception4e', [832, 14, 14]],
      ['maxpool4', [832, 7, 7]],
      ['inception5a', [832, 7, 7]],
      ['inception5b', [1024, 7, 7]],
      ['avgpool', [1024]],
      ['fc', [1000]],
      ['aux1.pool', [512, 4, 4]],
      ['aux2.pool', [528, 4, 4]],
    ] as const
    for (const [name, shape] of table) expect(shapes.get(name), name).toEqual(shape)
  })

  // Weights, millions of multiply-adds; beside them what the printed table has (K is 1,024 in its other rows).
  test.each([
    ['conv1', /^conv1/, 9_408, 118.0], // 2.7K, 34M
    ['conv2', /^conv[23]/, 114_688, 359.7],
    ['3a', /^inception3a/, 163_328, 128.0],
    ['3b', /^inception3b/, 388_096, 304.3],
    ['4a', /^inception4a/, 375_552, 73.6], // 364K
    ['4b', /^inception4b/, 448_512, 87.9],
    ['4c', /^inception4c/, 509_440, 99.9], // 463K
    ['4d', /^inception4d/, 604_672, 118.5], // 580K
    ['4e', /^inception4e/, 867_328, 170.0], // 840K
    ['5a', /^inception5a/, 1_042_432, 51.1], // 1072K, 54M
    ['5b', /^inception5b/, 1_442_816, 70.7], // 1388K
    ['fc', /^fc/, 1_024_000, 1.0],
  ] as const)(
    '%s has the weights and multiply-adds that follow from its channels',
    (_, begin, weights, millions) => {
      const own = sums('googlenet', begin)
      expect(own.weights).toBe(weights)
      expect(Math.abs(own.multiplyAdds / 1e6 - millions)).toBeLessThan(0.06)
    },
  )

  test('has 22 weight layers and 6,990,272 weights without biases and auxiliary classifiers', () => {
    const network = built('googlenet')
    const { layers, depth, parameters: lasting, auxiliaryParameters } = describe(network)
    const weights = layers
      .filter(({ isAuxiliary }) => !isAuxiliary)
      .reduce((sum, one) => sum + one.weights, 0)
    expect(weights).toBe(6_990_272)
    expect(depth).toBe(22)
    expect(lasting).toBe(6_998_552)
    expect(describe(built('googlenet', { auxiliary: false }))).toMatchObject({
      parameters: lasting,
      auxiliaryParameters: 0,
    })
    // Each: 1×1 convolutions to 128, and two linear layers.
    const one = (channels: number): number => channels * 128 + 128 + 2048 * 1024 + 1024 + 1024 * 1000 + 1000
    expect(auxiliaryParameters).toBe(one(512) + one(528))
  })

  test('as in torchvision has as many parameters as torchvision’s, and its multiply-adds', () => {
    const {
      parameters: lasting,
      auxiliaryParameters,
      multiplyAdds,
    } = describe(built('googlenet-torchvision'))
    expect(lasting).toBe(6_624_904)
    expect(lasting + auxiliaryParameters).toBe(13_004_888)
    // Its own figure, 1.498 billion, counts the same operations.
    expect(Math.abs(multiplyAdds / 1.498e9 - 1)).toBeLessThan(1e-3)
  })

  test('has two auxiliary classifiers of weight 0.3, and none once it is trained', () => {
    for (const config of ['googlenet', 'googlenet-torchvision'] as const) {
      const network = built(config)
      expect(network.outputs).toEqual([
        { layer: 'fc', role: 'logits', lossWeight: 1 },
        { layer: 'aux1.fc2', role: 'auxiliary', lossWeight: 0.3 },
        { layer: 'aux2.fc2', role: 'auxiliary', lossWeight: 0.3 },
      ])
      const used = withoutAuxiliary(network)
      expect(used.outputs).toEqual(network.outputs.slice(0, 1))
      expect(used.layers.some(({ name }) => name.startsWith('aux'))).toBe(false)
      expect(network.layers.length - used.layers.length).toBe(config === 'googlenet' ? 16 : 18)
      expect(withoutAuxiliary(used)).toBe(used)
    }
  })

  test('drops 40% before its classifier and 70% in the auxiliary ones; torchvision’s 20%', () => {
    const rates = (config: Config, settings: object = {}) =>
      built(config, settings).layers.flatMap((layer) => (layer.kind === 'dropout' ? [layer.rate] : []))
    expect(rates('googlenet')).toEqual([0.7, 0.7, 0.4])
    expect(rates('googlenet-torchvision')).toEqual([0.7, 0.7, 0.2])
    expect(rates('googlenet', { dropout: 0 })).toEqual([0.7, 0.7])
  })

  test('keeps the weights of its auxiliary classifiers, whatever the crop', () => {
    const shapesAt = (config: Config, crop: number) =>
      parameters(built(config, {}, crop)).map(({ name, shape }) => [name, shape])
    for (const config of ['googlenet', 'googlenet-torchvision'] as const)
      for (const crop of [32, 80, 256]) expect(shapesAt(config, crop)).toEqual(shapesAt(config, 224))
  })

  test('takes squeeze-and-excitation after each module, on the joined map', () => {
    const plain = describe(built('googlenet'))
    const excited = describe(built('googlenet', { squeezeExcitation: 16 }))
    const network = built('googlenet', { squeezeExcitation: 16 })
    const scales = network.layers.filter(({ kind }) => kind === 'scaleChannels')
    expect(scales.map(({ inputs }) => inputs[0])).toEqual(
      ['3a', '3b', '4a', '4b', '4c', '4d', '4e', '5a', '5b'].map((place) => `inception${place}`),
    )
    const channels = [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    const weights = channels.reduce((sum, count) => sum + (2 * count * count) / 16, 0)
    const biases = channels.reduce((sum, count) => sum + count + count / 16, 0)
    expect(excited.parameters - plain.parameters).toBe(weights + biases)
    // The lecture's table has 2.04 for 2.03 billion: a hundredth at most, as here.
    expect(excited.multiplyAdds - plain.multiplyAdds).toBe(weights)
    expect(network.layers.find(({ name }) => name === 'aux1.pool')!.inputs).toEqual(['inception4a.se.scale'])
  })

  test('is frozen and released by groups that end where its map gets smaller', () => {
    const groups = layerGroups(built('googlenet'))
    expect(groups.map(({ name }) => name)).toEqual(['group1', 'group2', 'group3', 'group4', 'group5', 'head'])
    expect(groups[2]!.layers).toContain('inception3b.branch4.1.conv')
    expect(groups.at(-1)!.layers).toEqual([
      ...['aux1.conv.conv', 'aux1.fc1', 'aux1.fc2', 'aux2.conv.conv', 'aux2.fc1', 'aux2.fc2'],
      'fc',
    ])
  })

  test('is torchvision’s model with its own layers alone', () => {
    const { model } = entryOf({ family: 'googlenet' }).externalNames.torchvision
    expect(model(networkSpec({ config: 'googlenet-torchvision' }))).toBe('googlenet')
    expect(model(networkSpec({ config: 'googlenet' }))).toBeNull()
    expect(model(networkSpec({ config: 'googlenet-torchvision', squeezeExcitation: 16 }))).toBeNull()
  })
})
