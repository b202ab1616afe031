import { describe, expect, it } from 'vitest'
import { random } from '../../core/base/random.ts'
import { measure } from '../../core/dataset/measure.ts'
import { eigen, statisticsOf } from '../../core/dataset/statistics.ts'
import type { Rgb, RgbImage } from '../../core/image/types.ts'

function noise(width: number, height: number, seed: number): RgbImage {
  const source = random(seed)
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < data.length; at += 3) {
    const base = source.integer(200)
    data.set([base + source.integer(50), base, 255 - base], at)
  }
  return { width, height, data }
}

describe('statistics', () => {
  const images = [noise(9, 7, 1), noise(30, 2, 2), noise(11, 11, 3)]
  const statistics = statisticsOf(images.map((image) => measure(image).moments))

  /** Mean over images of the mean over pixels of some function of the levels. */
  const expectation = (value: (rgb: Rgb) => number): number => {
    const means = images.map(({ data }) => {
      let sum = 0
      for (let at = 0; at < data.length; at += 3) sum += value([data[at]!, data[at + 1]!, data[at + 2]!])
      return (sum * 3) / data.length
    })
    return means.reduce((sum, mean) => sum + mean, 0) / means.length
  }
  const mean = [0, 1, 2].map((channel) => expectation((rgb) => rgb[channel]!))
  const covariance = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => expectation((rgb) => (rgb[i]! - mean[i]!) * (rgb[j]! - mean[j]!))),
  )

  it('are mean and deviation of the levels, each image weighing the same', () => {
    statistics.mean.forEach((value, channel) => expect(value).toBeCloseTo(mean[channel]!, 8))
    statistics.std.forEach((value, channel) =>
      expect(value).toBeCloseTo(Math.sqrt(covariance[channel]![channel]!), 8),
    )
  })
  it('hold the principal components of the color covariance, largest first', () => {
    const { values, vectors } = statistics.pca
    expect(values[0]).toBeGreaterThan(values[1])
    expect(values[1]).toBeGreaterThan(values[2])
    vectors.forEach((vector, index) => {
      for (let row = 0; row < 3; row++) {
        const product = covariance[row]!.reduce((sum, value, column) => sum + value * vector[column]!, 0)
        expect(product).toBeCloseTo(values[index]! * vector[row]!, 6)
      }
      expect(Math.hypot(...vector)).toBeCloseTo(1, 10)
    })
  })
  it('of nothing are zeros and the unit axes', () => {
    const none = statisticsOf([])
    expect([...none.mean, ...none.std, ...none.pca.values]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
  })
  it('of gray images have one component, along gray', () => {
    const data = Uint8Array.from({ length: 300 }, (_, index) => Math.floor(index / 3) * 2)
    const { values, vectors } = statisticsOf([measure({ width: 10, height: 10, data }).moments]).pca
    vectors[0].forEach((value) => expect(value).toBeCloseTo(Math.sqrt(1 / 3), 6))
    expect(values[1]).toBeLessThan(1e-6)
  })
  it('of a large image are those of a sample of its pixels', () => {
    const image = noise(1500, 1200, 4)
    let sum = 0
    for (let at = 0; at < image.data.length; at += 3) sum += image.data[at]!
    expect(Math.abs(measure(image).moments[0]! - (sum * 3) / image.data.length)).toBeLessThan(0.5)
  })
})

describe('eigenvectors', () => {
  it('of a diagonal matrix are the axes, in order of the values', () => {
    const { values, vectors } = eigen([
      [2, 0, 0],
      [0, 9, 0],
      [0, 0, 4],
    ])
    expect(values).toEqual([9, 4, 2])
    expect(vectors).toEqual([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ])
  })
})
