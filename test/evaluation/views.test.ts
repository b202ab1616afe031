import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import type { Engine } from '../../core/engine/types.ts'
import { evaluate } from '../../core/evaluation/evaluate.ts'
import type { Row } from '../../core/evaluation/types.ts'
import { parseProtocol } from '../../core/evaluation/protocol.ts'
import { cropPlan, renderedSize, windowOf } from '../../core/evaluation/views.ts'
import { denseWeights, toDense, toDenseWithOffsets } from '../../core/network/dense.ts'
import { initialize } from '../../core/network/initialize.ts'
import type { Network } from '../../core/network/types.ts'
import { buildVgg, vggDefaults, type VggOptions } from '../network/build.ts'
import { readSafetensors } from '../../core/weights/safetensors.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const windows = JSON.parse(readFileSync(fixture('views/windows.json'), 'utf8')) as {
  readonly googlenet: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly torchvision: Readonly<Record<string, readonly (readonly number[])[]>>
}
const sizeOf = (name: string): { width: number; height: number } => {
  const [width, height] = name.split('x').map(Number)
  return { width: width!, height: height! }
}
const trainedOn = { crop: 224, scale: { min: 256, max: 512 }, mode: 'crop' } as const

async function weightsOf(name: string) {
  const { tensors, metadata } = await readSafetensors(fixture(name))
  const weights = new Map(
    [...tensors].flatMap(([key, value]) =>
      key.startsWith('weights/') ? [[key.slice('weights/'.length), value] as const] : [],
    ),
  )
  return { tensors, metadata, weights, options: JSON.parse(metadata.options!) as VggOptions }
}

let engine: Engine
beforeAll(() => {
  engine = findEngine('onnxruntime')
})

describe('a crop plan', () => {
  test('of ten crops has torchvision’s corners; its center is rounded down, as center crops are', () => {
    const protocol = parseProtocol({ views: 'ten', scales: [256] }, trainedOn)
    const { views } = cropPlan(protocol)
    expect(views).toHaveLength(10)
    for (const [name, expected] of Object.entries(windows.torchvision)) {
      const size = sizeOf(name)
      const ours = views
        .filter(({ mirror }) => !mirror)
        .map((view) => windowOf(view, 224, size))
        .map(({ left, top }) => [left, top])
      expect(ours.slice(0, 4)).toEqual(expected.slice(0, 4))
      // torchvision rounds halves to even.
      const half = (side: number): number => Math.floor((side - 224) / 2)
      expect(ours[4]).toEqual([half(size.width), half(size.height)])
      ours[4]!.forEach((value, axis) => expect(Math.abs(value - expected[4]![axis]!)).toBeLessThanOrEqual(1))
    }
    expect(windows.torchvision['512x384']![4]).toEqual([144, 80])
  })

  test('of GoogLeNet’s views has the 72 places, and their mirror images, that a script finds from the paper’s words', () => {
    const plan = cropPlan(parseProtocol({ views: '144' }, trainedOn))
    expect(plan.views).toHaveLength(144)
    for (const [name, expected] of Object.entries(windows.googlenet)) {
      const size = sizeOf(name)
      const ours = plan.views.map((view) => {
        const rendition = plan.renditions[view.rendition]!
        const { width, height } = renderedSize({ mode: 'crop', scale: rendition.scale }, size)
        const { at, side } = rendition.square!
        const share = { start: 0, middle: 0.5, end: 1 }[at]
        const [x, y] = [width, height].map((length) => Math.floor(share * (length - rendition.scale)))
        const window = windowOf(view, 224, { width: side, height: side })
        return [
          rendition.scale,
          x! + window.left,
          y! + window.top,
          side === 224 ? rendition.scale : window.width,
        ]
      })
      for (const mirror of [false, true]) {
        expect(ours.filter((_, index) => plan.views[index]!.mirror === mirror)).toEqual(expected)
      }
    }
  })

  test.each([
    ['center', 1],
    ['ten', 10],
    ['grid', 50],
    ['144', 144],
    ['dense', 2],
    ['dense-offsets', 2],
    ['both', 52],
  ])('of %s views has %i of them at its usual scales, with shares that sum to one', (views, count) => {
    const { views: seen } = cropPlan(parseProtocol({ views }, trainedOn))
    expect(seen).toHaveLength(count)
    expect(seen.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
  })

  test('has 150 crops at three scales, of three renditions', () => {
    const plan = cropPlan(parseProtocol({ views: 'grid', scales: 'multi' }, trainedOn))
    expect(plan.views).toHaveLength(150)
    expect(plan.renditions).toHaveLength(3)
  })
})

describe('probabilities of image files', async () => {
  const { tensors, metadata, weights, options } = await weightsOf('views/views.safetensors')
  const protocols = JSON.parse(metadata.protocols!) as Record<string, object>
  const files = [0, 1, 2, 3].map((number) => fixture(`views/${number}.png`))
  test.each(Object.entries(protocols))('by the protocol “%s” are PyTorch’s', async (name, asked) => {
    const rows: Row[] = []
    await evaluate({
      network: buildVgg(options),
      weights,
      normalization: JSON.parse(metadata.normalization!) as never,
      classes: ['ant', 'bee', 'cat', 'dog', 'elk', 'fox', 'gnu'],
      protocol: parseProtocol(asked, { crop: 64, scale: { min: 64, max: 80 }, mode: 'crop' }),
      engine,
      loaderOptions: { threads: 1 },
      items: files.map((path) => ({ path, label: 1 })),
      onRow: (row) => rows.push(row),
    })
    const expected = tensors.get(`posteriors/${name}`)!
    const [count, classes] = expected.shape as [number, number]
    expect(rows).toHaveLength(count)
    rows.forEach(({ item, probabilities, logProbability }) => {
      const row = expected.data.subarray(item * classes, (item + 1) * classes)
      row.forEach((value, label) => expect(Math.abs(probabilities[label]! - value)).toBeLessThan(1e-4))
      expect(Math.abs(logProbability - Math.log(row[1]!))).toBeLessThan(1e-2)
    })
  })
})

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index]!)))

test('a dense network’s logits are the mean of its FC layers, applied by hand to every 7×7 slice of the last map', async () => {
  const { tensors, weights, options } = await weightsOf('dense-224.safetensors')
  const network = buildVgg(options)
  const slices = tensors.get('slices')!
  const [count, classes] = slices.shape as [number, number]
  expect(count).toBe((9 - 6) * (10 - 6))
  const mean = Array.from({ length: classes }, (_, label) =>
    Array.from({ length: count }, (_, slice) => slices.data[slice * classes + label]!).reduce(
      (a, b) => a + b / count,
      0,
    ),
  )
  const dense = await engine.predictor(toDense(network), denseWeights(network, weights))
  const data = Float32Array.from({ length: 3 * 288 * 321 }, (_, index) => Math.sin(0.01 * index))
  const logits = await dense.logits({ shape: [1, 3, 288, 321], data })
  await dense.dispose()
  expect(largest(logits.data, mean)).toBeLessThan(1e-4)
})

/** Two unpadded convolutions and two poolings: what a window sees does not depend on what is around it. */
const unpadded: Network = {
  name: 'unpadded',
  title: 'Unpadded',
  input: [3, 18, 18],
  classes: 3,
  layers: [
    { kind: 'convolution', name: 'a', label: 'a', inputs: ['input'], outChannels: 4, kernel: 3, stride: 1, padding: 0, groups: 1, bias: true }, // prettier-ignore
    { kind: 'relu', name: 'b', label: 'b', inputs: ['a'] },
    {
      kind: 'maxPool',
      name: 'c',
      label: 'c',
      inputs: ['b'],
      kernel: 2,
      stride: 2,
      padding: 0,
      ceilMode: false,
    },
    { kind: 'convolution', name: 'd', label: 'd', inputs: ['c'], outChannels: 5, kernel: 3, stride: 1, padding: 0, groups: 1, bias: true }, // prettier-ignore
    { kind: 'relu', name: 'e', label: 'e', inputs: ['d'] },
    {
      kind: 'maxPool',
      name: 'f',
      label: 'f',
      inputs: ['e'],
      kernel: 2,
      stride: 2,
      padding: 0,
      ceilMode: false,
    },
    { kind: 'flatten', name: 'g', label: 'g', inputs: ['f'] },
    { kind: 'linear', name: 'h', label: 'h', inputs: ['g'], outFeatures: 6, bias: true },
    { kind: 'relu', name: 'i', label: 'i', inputs: ['h'] },
    { kind: 'linear', name: 'j', label: 'j', inputs: ['i'], outFeatures: 3, bias: true },
  ],
  outputs: [{ layer: 'j', role: 'logits', lossWeight: 1 }],
}

describe('a dense network without padding', () => {
  const weights = initialize(unpadded, 'he', 3)
  const [height, width] = [35, 31]
  const image: Tensor = {
    shape: [1, 3, height, width],
    data: Float32Array.from({ length: 3 * height * width }, (_, index) => Math.sin(index * index * 0.013)),
  }
  /** Mean logits of the plain network over all windows whose corners are multiples of `step`. */
  async function slidingWindow(step: number): Promise<{ mean: number[]; positions: number }> {
    const plain = await engine.predictor(unpadded, weights)
    const found: Float32Array[] = []
    for (let top = 0; top + 18 <= height; top += step) {
      for (let left = 0; left + 18 <= width; left += step) {
        const data = new Float32Array(3 * 18 * 18)
        for (let index = 0; index < data.length; index++) {
          const [channel, rest] = [Math.floor(index / 324), index % 324]
          const [y, x] = [top + Math.floor(rest / 18), left + (rest % 18)]
          data[index] = image.data[(channel * height + y) * width + x]!
        }
        found.push((await plain.logits({ shape: [1, 3, 18, 18], data })).data.slice())
      }
    }
    await plain.dispose()
    const mean = [0, 1, 2].map((label) => found.reduce((sum, row) => sum + row[label]! / found.length, 0))
    return { mean, positions: found.length }
  }

  test('equals a true sliding window at every position', async () => {
    const dense = await engine.predictor(toDense(unpadded), denseWeights(unpadded, weights))
    const { mean, positions } = await slidingWindow(4)
    expect(positions).toBe(5 * 4)
    expect(largest((await dense.logits(image)).data, mean)).toBeLessThan(1e-4)
    await dense.dispose()
  })

  test('with pooling offsets equals one of half the step', async () => {
    const dense = await engine.predictor(toDenseWithOffsets(unpadded), denseWeights(unpadded, weights))
    const { mean, positions } = await slidingWindow(2)
    expect(positions).toBe(9 * 7)
    expect(largest((await dense.logits(image)).data, mean)).toBeLessThan(1e-4)
    await dense.dispose()
  })
})

test('networks without max pooling right before FC layers have no pooling offsets, and it is said', () => {
  const averaged: Network = {
    ...unpadded,
    layers: [
      ...unpadded.layers.slice(0, 6),
      { kind: 'globalAveragePool', name: 'g', label: 'g', inputs: ['f'] },
      ...unpadded.layers.slice(7),
    ],
  }
  expect(() => toDenseWithOffsets(averaged)).toThrow(/no max pooling without padding right before FC layers/)
  expect(toDense(averaged).layers).toEqual(averaged.layers)
})

test('pooling offsets of an image of the crop’s size are the plain network: there is one position', async () => {
  const network = buildVgg({
    ...vggDefaults,
    config: 'A',
    crop: 64,
    classes: 5,
    fcWidth: 8,
    widthMultiplier: 1 / 32,
  })
  const weights = initialize(network, 'he', 1)
  const data = Float32Array.from({ length: 3 * 64 * 64 }, (_, index) => Math.sin(index * 0.7))
  const image = { shape: [1, 3, 64, 64], data }
  const plain = await engine.predictor(network, weights)
  const offsets = await engine.predictor(toDenseWithOffsets(network), denseWeights(network, weights))
  expect(largest((await offsets.logits(image)).data, (await plain.logits(image)).data)).toBeLessThan(1e-4)
  await plain.dispose()
  await offsets.dispose()
})
