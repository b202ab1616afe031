import { describe, expect, it } from 'vitest'
import { drawAugmentation, type AugmentationDraw } from '../../core/pipeline/augmentation.ts'
import type { Augmentation, ColorShift } from '../../core/pipeline/types.ts'

const colorShift: ColorShift = {
  strength: 0.1,
  values: [8000, 500, 40],
  vectors: [
    [0.6, 0.64, 0.48],
    [0.8, -0.48, -0.36],
    [0, 0.6, -0.8],
  ],
}
const augmentation: Augmentation = {
  crop: 32,
  scale: { min: 40, max: 49 },
  mode: 'crop',
  flip: true,
  colorShift,
}
const count = 20_000
const draws = Array.from({ length: count }, (_, place) => drawAugmentation(augmentation, 5, 2, place))

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const share = (holds: (draw: AugmentationDraw) => boolean): number => draws.filter(holds).length / count

describe('what augmentation draws', () => {
  it('takes each scale from min to max equally often', () => {
    expect(Math.min(...draws.map(({ scale }) => scale))).toBe(40)
    expect(Math.max(...draws.map(({ scale }) => scale))).toBe(49)
    for (let scale = 40; scale <= 49; scale++)
      expect(share((draw) => draw.scale === scale)).toBeCloseTo(0.1, 1.9)
  })

  it('places crops uniformly, independently in both directions and of the scale', () => {
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(share(({ u }) => Math.floor(u * 10) === tenth)).toBeCloseTo(0.1, 1.9)
      expect(share(({ v }) => Math.floor(v * 10) === tenth)).toBeCloseTo(0.1, 1.9)
    }
    expect(share(({ u, v }) => u < 0.5 && v < 0.5)).toBeCloseTo(0.25, 1.7)
    expect(share(({ u, scale }) => u < 0.5 && scale < 45)).toBeCloseTo(0.25, 1.7)
  })

  it('mirrors every other image, or none', () => {
    expect(share(({ mirror }) => mirror)).toBeCloseTo(0.5, 1.7)
    for (let place = 0; place < 100; place++)
      expect(drawAugmentation({ ...augmentation, flip: false }, 5, 2, place).mirror).toBe(false)
  })

  it('shifts colors along the eigenvectors by N(0, strength) · value / 255 levels', () => {
    colorShift.vectors.forEach((vector, index) => {
      const along = draws.map(({ shift }) =>
        vector.reduce((sum, part, channel) => sum + part * shift[channel as 0], 0),
      )
      const deviation = (0.1 * colorShift.values[index as 0]) / 255
      expect(Math.abs(mean(along))).toBeLessThan(deviation * 0.03)
      const measured = Math.sqrt(mean(along.map((value) => value ** 2)))
      expect(measured / deviation).toBeCloseTo(1, 1.5)
      // Normal, not uniform: 4.6% beyond two deviations.
      const beyond = along.filter((value) => Math.abs(value) > 2 * deviation).length / count
      expect(beyond).toBeCloseTo(0.0455, 2)
    })
  })

  it('does not depend on what else is drawn: without flip and color shift the crops stay', () => {
    const plain = drawAugmentation({ ...augmentation, flip: false, colorShift: null }, 5, 2, 17)
    expect(plain).toEqual({ ...draws[17], mirror: false, shift: [0, 0, 0] })
  })

  it('depends on seed, epoch and place', () => {
    expect(drawAugmentation(augmentation, 5, 2, 17)).toEqual(draws[17])
    for (const [seed, epoch, place] of [
      [6, 2, 17],
      [5, 3, 17],
      [5, 2, 18],
    ] as const)
      expect(drawAugmentation(augmentation, seed, epoch, place).u).not.toBe(draws[17]!.u)
  })
})
