import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { describe as describeNetwork } from '../../core/network/cost.ts'
import { parameters } from '../../core/network/parameters.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import { vgg } from './examples.ts'
import { configs } from '../../core/network/architectures/names.ts'
import type { VggConfig, VggOptions } from './build.ts'

const fixture = new URL('../fixtures/network/torchvision.json', import.meta.url)
const torchvision = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, [string, number[]][]>

describe('the VGG family', () => {
  test.each([
    ['A', 132_863_336],
    ['A-LRN', 132_863_336],
    ['B', 133_047_848],
    ['C', 133_638_952],
    ['D', 138_357_544],
    ['E', 143_667_240],
  ] as const)('%s has %i parameters for 1000 classes at 224', (config, count) => {
    expect(describeNetwork(vgg({ config })).parameters).toBe(count)
  })

  test.each([
    ['A', 'vgg11'],
    ['B', 'vgg13'],
    ['D', 'vgg16'],
    ['E', 'vgg19'],
  ] as const)('%s has the state of torchvision’s %s, plain and batch-normalized', (config, model) => {
    for (const batchNorm of [false, true]) {
      const ours = parameters(vgg({ config, batchNorm })).map(({ name, shape }) => [name, shape])
      const theirs = torchvision[batchNorm ? `${model}_bn` : model]!
      // A counter that batch normalization with a fixed momentum never reads.
      expect(ours).toEqual(theirs.filter(([name]) => !name.endsWith('num_batches_tracked')))
    }
  })

  test.each([
    ['A', 11],
    ['A-LRN', 11],
    ['B', 13],
    ['B-5x5', 8],
    ['C', 16],
    ['D', 16],
    ['E', 19],
  ] as const)('%s has %i weight layers and five poolings', (config, count) => {
    const kinds = vgg({ config }).layers.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'convolution' || kind === 'linear')).toHaveLength(count)
    expect(kinds.filter((kind) => kind === 'maxPool')).toHaveLength(5)
  })

  test('every convolution of every configuration keeps the size of its map', () => {
    for (const config of configs.vgg) {
      const network = vgg({ config })
      const shapes = layerShapes(network)
      for (const layer of network.layers.filter(({ kind }) => kind === 'convolution')) {
        expect(shapes.get(layer.name)!.slice(1)).toEqual(shapes.get(layer.inputs[0]!)!.slice(1))
      }
    }
  })

  test('C’s third convolutions are 1×1, and B-5x5 has one 5×5 where B has two 3×3', () => {
    const kernels = (config: VggConfig) =>
      vgg({ config }).layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.kernel] : []))
    expect(kernels('C')).toEqual([3, 3, 3, 3, 3, 3, 1, 3, 3, 1, 3, 3, 1])
    expect(kernels('B-5x5')).toEqual([5, 5, 5, 5, 5])
  })

  test('A-LRN normalizes after the first ReLU, not divided by n, and keeps the names of A’s parameters', () => {
    const network = vgg({ config: 'A-LRN' })
    expect(network.layers.slice(0, 4).map(({ label }) => label)).toEqual([
      'conv1-1',
      'relu1-1',
      'lrn1',
      'pool1',
    ])
    expect(network.layers[2]).toMatchObject({ size: 5, k: 2, alpha: 1e-4, beta: 0.75 })
    expect(parameters(network)).toEqual(parameters(vgg({ config: 'A' })))
  })

  test('batch normalization stands between a convolution and its ReLU', () => {
    const kinds = vgg({ config: 'A', batchNorm: true }).layers.map(({ kind }) => kind)
    expect(kinds.slice(0, 4)).toEqual(['convolution', 'batchNorm', 'relu', 'maxPool'])
    expect(kinds.filter((kind) => kind === 'batchNorm')).toHaveLength(8)
  })

  test('layers have the paper’s labels', () => {
    const labels = new Map(vgg({ config: 'D' }).layers.map(({ name, label }) => [name, label]))
    expect(labels.get('features.12')).toBe('conv3-2')
    expect(labels.get('features.16')).toBe('pool3')
    expect(labels.get('classifier.0')).toBe('fc6')
    expect(labels.get('classifier.6')).toBe('fc8')
  })

  test('dropout follows the first two FC layers, and rate 0 leaves it out without renaming anything', () => {
    const dropped = vgg({ config: 'A', dropout: 0.3 })
    const rates = dropped.layers.flatMap((layer) => (layer.kind === 'dropout' ? [layer.rate] : []))
    expect(rates).toEqual([0.3, 0.3])
    const plain = vgg({ config: 'A', dropout: 0 })
    expect(plain.layers.some(({ kind }) => kind === 'dropout')).toBe(false)
    expect(parameters(plain)).toEqual(parameters(dropped))
  })

  test('crop, classes, FC width and width multiplier set the sizes', () => {
    const network = vgg({ config: 'B', crop: 95, classes: 7, fcWidth: 12, widthMultiplier: 0.26 })
    const shapes = layerShapes(network)
    expect(shapes.get('features.0')).toEqual([17, 95, 95])
    expect(shapes.get('flatten')).toEqual([133 * 2 * 2])
    expect(shapes.get('classifier.3')).toEqual([12])
    expect(shapes.get('classifier.6')).toEqual([7])
    const narrow = vgg({ config: 'A', crop: 32, widthMultiplier: 0.001 })
    expect(layerShapes(narrow).get('flatten')).toEqual([1])
  })

  test('every configuration takes any crop from 32 pixels on', () => {
    for (const config of configs.vgg) {
      for (const crop of [32, 33, 63, 64, 99, 320]) {
        const shapes = layerShapes(vgg({ config, crop, classes: 2, widthMultiplier: 1 / 64 }))
        expect(shapes.get('flatten')).toEqual([8 * Math.floor(crop / 32) ** 2])
        expect(shapes.get('classifier.6')).toEqual([2])
      }
    }
  })

  test.each([
    [{ config: 'F' }, /^config must be one of A, A-LRN, .* not "F"\./],
    [{ classes: 1 }, /^classes must be a whole number of at least 2, not 1\./],
    [{ classes: 2.5 }, /^classes must be/],
    [{ crop: 31 }, /^crop must be a whole number of at least 32, not 31\./],
    [{ crop: Number.NaN }, /^crop must be/],
    [{ batchNorm: 1 }, /^batchNorm must be true or false, not 1\./],
    [{ dropout: 1 }, /^dropout must be a number from 0 to below 1, not 1\./],
    [{ dropout: -0.1 }, /^dropout must be/],
    [{ fcWidth: 0 }, /^fcWidth must be/],
    [{ widthMultiplier: 0 }, /^widthMultiplier must be a number above 0, not 0\./],
    [{ widthMultiplier: Infinity }, /^widthMultiplier must be/],
  ])('refuses %o and names the option', (wrong, message) => {
    const build = () => vgg({ config: 'A', ...(wrong as Partial<VggOptions>) })
    expect(build).toThrow(message)
    expect(build).toThrow(StudioError)
    expect(build).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})
