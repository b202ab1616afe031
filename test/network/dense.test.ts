import { describe, expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import type { Tensor } from '../../core/base/tensor.ts'
import { denseWeights, toDense } from '../../core/network/dense.ts'
import { initialize } from '../../core/network/initialize.ts'
import { parameters } from '../../core/network/parameters.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import type { Network } from '../../core/network/types.ts'
import { convolution, inception, named, network, residual, vgg } from './examples.ts'
import { forward } from './forward.ts'

function image(channels: number, height: number, width: number): Tensor {
  const source = random(7)
  const data = Float32Array.from({ length: channels * height * width }, () => source.normal())
  return { shape: [channels, height, width], data }
}

function crop({ shape, data }: Tensor, top: number, left: number, side: number): Tensor {
  const [channels, height, width] = shape as [number, number, number]
  const rows = Array.from({ length: channels * side }, (_, row) => {
    const start = (Math.floor(row / side) * height + top + (row % side)) * width + left
    return [...data.subarray(start, start + side)]
  })
  return { shape: [channels, side, side], data: Float32Array.from(rows.flat()) }
}

const largestDifference = (a: Float64Array, b: Float64Array): number =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index]!)))

/** Without padding a dense pass sees exactly what crops see. */
const unpadded: Network = network(
  [
    convolution('conv1', 'input', 4, 3, { padding: 0 }),
    { kind: 'relu', ...named('relu1', 'conv1') },
    { kind: 'maxPool', ...named('pool1', 'relu1'), kernel: 2, stride: 2, padding: 0, ceilMode: false },
    { kind: 'flatten', ...named('flatten', 'pool1') },
    { kind: 'dropout', ...named('dropout', 'flatten'), rate: 0.5 },
    { kind: 'linear', ...named('fc1', 'dropout'), outFeatures: 6, bias: true },
    { kind: 'relu', ...named('relu2', 'fc1') },
    { kind: 'linear', ...named('fc2', 'relu2'), outFeatures: 3, bias: true },
  ],
  [2, 8, 8],
  3,
)

describe('toDense', () => {
  test('makes D’s FC layers convolutions of 7×7, 1×1 and 1×1 with an average of the score map behind', () => {
    const dense = toDense(vgg({ config: 'D' }))
    const fc = dense.layers.filter(
      ({ name, kind }) => name.startsWith('classifier') && kind === 'convolution',
    )
    expect(fc).toMatchObject([
      { name: 'classifier.0', label: 'fc6', kernel: 7, outChannels: 4096, padding: 0, stride: 1 },
      { name: 'classifier.3', label: 'fc7', kernel: 1, outChannels: 4096 },
      { name: 'classifier.6', label: 'fc8', kernel: 1, outChannels: 1000 },
    ])
    expect(dense.layers.some(({ kind }) => kind === 'flatten' || kind === 'linear')).toBe(false)
    expect(dense.layers.at(-1)!.kind).toBe('globalAveragePool')
    expect(layerShapes(dense).get(dense.outputs[0]!.layer)).toEqual([1000])
    expect(layerShapes({ ...dense, input: [3, 384, 256] }).get('classifier.6')).toEqual([1000, 6, 2])
  })

  test('keeps names and count of the parameters', () => {
    const plain = vgg({ config: 'A', crop: 64, batchNorm: true, widthMultiplier: 0.1, fcWidth: 8 })
    const names = (of: Network) => parameters(of).map(({ name }) => name)
    expect(names(toDense(plain))).toEqual(names(plain))
  })

  test('equals the network on an image of the crop’s size', () => {
    const plain = vgg({ config: 'A', classes: 5, crop: 64, widthMultiplier: 0.06, fcWidth: 9 })
    const weights = initialize(plain, 'he', 3)
    const picture = image(3, 64, 64)
    const expected = forward(plain, weights, picture)
    const scores = forward(toDense(plain), denseWeights(plain, weights), picture)
    expect(largestDifference(scores, expected)).toBeLessThan(1e-9)
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1)
  })

  test('averages over a larger image what the network says of each crop', () => {
    const weights = initialize(unpadded, 'he', 5)
    const picture = image(2, 12, 10)
    const scores = forward(toDense(unpadded), denseWeights(unpadded, weights), picture)
    const crops = [0, 2, 4].flatMap((top) => [0, 2].map((left) => crop(picture, top, left, 8)))
    const each = crops.map((part) => forward(unpadded, weights, part))
    const mean = each[0]!.map((_, index) => each.reduce((sum, one) => sum + one[index]!, 0) / each.length)
    expect(largestDifference(scores, mean)).toBeLessThan(1e-9)
    expect(largestDifference(each[0]!, mean)).toBeGreaterThan(1e-3)
  })

  test('leaves a network alone whose FC layers follow a global pooling', () => {
    expect(toDense(residual)).toEqual(residual)
  })

  test('converts an auxiliary classifier over a flattened map, and only that', () => {
    const dense = toDense(inception)
    expect(dense.layers.find(({ name }) => name === 'aux.fc')).toMatchObject({
      kind: 'convolution',
      kernel: 15,
      inputs: ['pool'],
    })
    expect(dense.outputs.map(({ layer }) => layer)).toEqual(['fc', 'aux.fc.average'])
    expect(layerShapes(dense).get('aux.fc.average')).toEqual([5])
  })

  test('refuses a flattened map that is not square', () => {
    expect(() => toDense({ ...unpadded, input: [2, 8, 10] })).toThrow(/flatten.*3×4 is not square/)
  })
})

describe('denseWeights', () => {
  test('reshapes FC weights over the same memory and passes on the others', () => {
    const weights = initialize(unpadded, 'he', 1)
    const dense = denseWeights(unpadded, weights)
    expect(dense.get('fc1.weight')!.shape).toEqual([6, 4, 3, 3])
    expect(dense.get('fc1.weight')!.data).toBe(weights.get('fc1.weight')!.data)
    expect(dense.get('fc2.weight')!.shape).toEqual([3, 6, 1, 1])
    expect(dense.get('conv1.weight')).toEqual(weights.get('conv1.weight'))
    expect([...dense.keys()]).toEqual([...weights.keys()])
  })
})
