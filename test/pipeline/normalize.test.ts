import { expect, it } from 'vitest'
import { affine, normalize } from '../../core/pipeline/normalize.ts'

const normalization = { mean: [123.68, 116.779, 103.939], std: [58.393, 57.12, 1] } as const

it('subtracts the mean and divides by the deviation exactly, plane by plane', () => {
  const levels = Uint8Array.from({ length: 256 * 3 }, (_, index) =>
    index % 3 === 0 ? index / 3 : 255 - (index % 256),
  )
  const planes = new Float32Array(levels.length)
  normalize(levels, planes, normalization)
  for (let pixel = 0; pixel < 256; pixel++)
    for (const channel of [0, 1, 2] as const) {
      const level = levels[pixel * 3 + channel]!
      const expected = Math.fround((level - normalization.mean[channel]) / normalization.std[channel])
      expect(planes[channel * 256 + pixel]).toBe(expected)
    }
})

it('says the same as a factor and an offset, with the color shift', () => {
  const { factor, offset } = affine(normalization, [3, -2, 0.5])
  const values = [0, 1, 2].map((channel) => 200 * factor[channel as 0]! + offset[channel as 0]!)
  expect(values[0]).toBeCloseTo((203 - 123.68) / 58.393, 12)
  expect(values[1]).toBeCloseTo((198 - 116.779) / 57.12, 12)
  expect(values[2]).toBeCloseTo(200.5 - 103.939, 12)
})
