import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../core/base/tensor.ts'
import { buildNetwork, initialScheme, networkSpec } from '../../core/network/architectures/index.ts'
import { initializations, initialize } from '../../core/network/initialize.ts'
import { parameters } from '../../core/network/parameters.ts'
import { residual, vgg } from './examples.ts'

const small = vgg({ config: 'A', classes: 10, crop: 32, fcWidth: 256, widthMultiplier: 0.5 })

function moments({ data }: Tensor): { mean: number; variance: number; kurtosis: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  const power = (exponent: number): number =>
    data.reduce((sum, value) => sum + (value - mean) ** exponent, 0) / data.length
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 }
}

/** Fan-in 256·9, fan-out 256·9 (conv5-1) and 256, 256 (fc6, fc7): tensors large enough for statistics of 2 %. */
const large = [
  ['features.16.weight', 256 * 9, 256 * 9],
  ['classifier.3.weight', 256, 256],
] as const

describe('initialize', () => {
  test.each(large)('he: %s is normal with variance 2 / fan-in', (name, fanIn) => {
    const { mean, variance, kurtosis } = moments(initialize(small, 'he', 1).get(name)!)
    expect(Math.abs(variance * (fanIn / 2) - 1)).toBeLessThan(0.02)
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(variance / 65_536))
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1)
  })

  test('torchvision: convolutions are normal with variance 2 / fan-out, linear layers with 0.01²', () => {
    const weights = initialize(small, initialScheme({ family: 'vgg' }, 'torchvision'), 1)
    const variance = (name: string) => moments(weights.get(name)!).variance
    // From 128 to 256 channels: the fans differ.
    expect(Math.abs(variance('features.11.weight') * ((256 * 9) / 2) - 1)).toBeLessThan(0.02)
    for (const name of ['classifier.0.weight', 'classifier.3.weight'])
      expect(Math.abs(variance(name) / 1e-4 - 1)).toBeLessThan(0.02)
    expect(Math.abs(variance('classifier.6.weight') / 1e-4 - 1)).toBeLessThan(0.08)
  })

  test('he-small-last: is he, but for the last layer, which is normal with variance 0.01²', () => {
    const [smallLast, he] = (['he-small-last', 'he'] as const).map((kind) => initialize(small, kind, 1))
    for (const [name, tensor] of he!) {
      if (name !== 'classifier.6.weight') expect(smallLast!.get(name)).toEqual(tensor)
    }
    expect(Math.abs(moments(smallLast!.get('classifier.6.weight')!).variance / 1e-4 - 1)).toBeLessThan(0.08)
  })

  test('he, glorot and paper draw what they drew in 0.1.0, so that stored runs repeat', () => {
    const sums = (['he', 'glorot', 'paper'] as const).map((kind) =>
      [...initialize(small, kind, 3)].map(([, { data }]) => data[0]! + data.at(-1)!),
    )
    expect(sums.map((values) => values.reduce((sum, value) => sum + value, 0))).toEqual([
      -0.3926601759158075, -0.2197145987302065, -0.08740140404552221,
    ])
  })

  test.each(large)('glorot: %s is uniform with variance 2 / (fan-in + fan-out)', (name, fanIn, fanOut) => {
    const tensor = initialize(small, 'glorot', 1).get(name)!
    expect(Math.abs(moments(tensor).variance * ((fanIn + fanOut) / 2) - 1)).toBeLessThan(0.02)
    const limit = Math.sqrt(6 / (fanIn + fanOut))
    const most = tensor.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
    expect(most / limit).toBeGreaterThan(0.999)
    expect(most / limit).toBeLessThan(1.000001)
  })

  test.each(large)('paper: %s is normal with variance 0.01', (name) => {
    const { variance, kurtosis } = moments(initialize(small, 'paper', 1).get(name)!)
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(0.02)
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1)
  })

  test('glorot’s fan-out differs from its fan-in: fc8 from 256 to 10', () => {
    const { variance } = moments(initialize(small, 'glorot', 4).get('classifier.6.weight')!)
    expect(Math.abs(variance * ((256 + 10) / 2) - 1)).toBeLessThan(0.06)
  })

  test.each(initializations)(
    '%s: biases and shifts are 0, scales 1, running statistics those of N(0, 1)',
    (kind) => {
      const weights = initialize(residual, initialScheme({ family: 'vgg' }, kind), 1)
      for (const { name, role } of parameters(residual)) {
        if (role === 'weight') continue
        const expected = role === 'scale' || role === 'runningVar' ? 1 : 0
        expect(new Set(weights.get(name)!.data)).toEqual(new Set([expected]))
      }
    },
  )

  test('gives every parameter its shape, in network order', () => {
    const weights = initialize(residual, 'he', 1)
    expect([...weights].map(([name, { shape }]) => ({ name, shape }))).toEqual(
      parameters(residual).map(({ name, shape }) => ({ name, shape })),
    )
  })

  test('the same seed gives the same weights, another seed others', () => {
    const first = (seed: number) => initialize(small, 'he', seed).get('features.0.weight')!.data
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })

  test('no two tensors draw the same numbers', () => {
    const starts = [...initialize(small, 'paper', 1)]
      .filter(([name]) => name.endsWith('.weight'))
      .map(([, { data }]) => data[0])
    expect(new Set(starts).size).toBe(11)
  })

  test('the size of one layer does not shift what another draws', () => {
    const wide = vgg({ config: 'A', classes: 30, crop: 32, fcWidth: 300, widthMultiplier: 0.5 })
    const [a, b] = [small, wide].map((network) => initialize(network, 'he', 9))
    expect(a!.get('features.18.weight')).toEqual(b!.get('features.18.weight'))
    const start = (weights: typeof a) => weights!.get('classifier.0.weight')!.data.slice(0, 1000)
    expect(start(a)).toEqual(start(b))
  })
})

interface Drawn {
  readonly shape: readonly number[]
  readonly mean: number
  readonly deviation: number
  readonly largest: number
}
const references = JSON.parse(
  readFileSync(new URL('../fixtures/initialization.json', import.meta.url), 'utf8'),
) as Readonly<Record<'vgg11' | 'vgg11_bn' | 'alexnet', Readonly<Record<string, Drawn>>>>

/** What torchvision's builders draw, of the parameters whose shape does not depend on the crop: reference/initialization.py. */
describe.each([
  ['vgg11', { config: 'A' }, 32],
  ['vgg11_bn', { config: 'A', batchNorm: true }, 32],
  ['alexnet', { config: 'alexnet', lrn: false }, 63],
] as const)('torchvision’s %s', (model, settings, crop) => {
  test('starts with the same statistics, tensor by tensor, biases too', () => {
    const spec = networkSpec(settings)
    const network = buildNetwork({ ...spec, classes: 1000, crop })
    const weights = initialize(network, initialScheme(spec, 'torchvision'), 1)
    const entries = Object.entries(references[model])
    const isLike = (name: string, { shape }: Drawn): boolean =>
      shape.join() === weights.get(name)!.shape.join()
    // The first linear layer reads another map: its weight has other fans, and so has its bias.
    const other = entries.find(([name, drawn]) => !isLike(name, drawn))![0].replace(/weight$/, '')
    const alike = entries.filter(([name]) => !name.startsWith(other))
    expect(alike).toHaveLength(entries.length - 2)
    expect(alike.every(([name, drawn]) => isLike(name, drawn))).toBe(true)
    for (const [name, { mean, deviation, largest }] of alike) {
      const { data } = weights.get(name)!
      const own = data.reduce((sum, value) => sum + value, 0) / data.length
      const spread = Math.sqrt(data.reduce((sum, value) => sum + (value - own) ** 2, 0) / data.length)
      const most = data.reduce((found, value) => Math.max(found, Math.abs(value)), 0)
      // Six standard errors of a normal distribution's mean and spread, of ours and of the mean of five of theirs.
      const error = 6 * Math.sqrt(1 + 1 / 5)
      expect(Math.abs(own - mean), name).toBeLessThanOrEqual((error * deviation) / Math.sqrt(data.length))
      expect(Math.abs(spread - deviation), name).toBeLessThanOrEqual(
        (error * deviation) / Math.sqrt(2 * data.length),
      )
      // Uniform numbers end at 1.7 deviations, normal ones go on to 4 and 5.
      expect(Math.abs(most - largest), name).toBeLessThanOrEqual(0.25 * largest)
    }
  })
})
