import { describe, expect, it } from 'vitest'
import { centerPlacement, isotropic, randomPlacement, resizedSize } from '../../core/image/geometry.ts'

const wide = { width: 500, height: 375 }

describe('isotropic rescaling', () => {
  it('makes the shorter side S and keeps the aspect ratio', () => {
    expect(isotropic(wide, 256)).toEqual({ width: 341, height: 256 })
    expect(isotropic({ width: 375, height: 500 }, 256)).toEqual({ width: 256, height: 341 })
    expect(isotropic({ width: 300, height: 300 }, 224)).toEqual({ width: 224, height: 224 })
  })
  it('enlarges smaller images', () => {
    expect(isotropic({ width: 28, height: 14 }, 256)).toEqual({ width: 512, height: 256 })
  })
})

describe('what the whole image becomes', () => {
  it('crop: shorter side; pad: longer side; squash: a square', () => {
    expect(resizedSize(wide, 'crop', 256)).toEqual({ width: 341, height: 256 })
    expect(resizedSize(wide, 'pad', 256)).toEqual({ width: 256, height: 192 })
    expect(resizedSize(wide, 'squash', 256)).toEqual({ width: 256, height: 256 })
  })
  it('keeps at least one pixel of an extreme aspect ratio', () => {
    expect(resizedSize({ width: 5000, height: 1 }, 'pad', 64)).toEqual({ width: 64, height: 1 })
  })
})

describe('center placement', () => {
  it('cuts the middle', () => {
    const placement = centerPlacement(wide, { mode: 'crop', scale: 256, crop: 224 })
    expect(placement).toEqual({
      resized: { width: 341, height: 256 },
      left: 58,
      top: 16,
      crop: 224,
      mirror: false,
    })
  })
  it('pads to a square around the content', () => {
    const placement = centerPlacement(wide, { mode: 'pad', scale: 256, crop: 256 })
    expect(placement).toMatchObject({ resized: { width: 256, height: 192 }, left: 0, top: -32 })
  })
  it('reaches beyond an image that is smaller than the crop', () => {
    const placement = centerPlacement({ width: 100, height: 100 }, { mode: 'crop', scale: 200, crop: 224 })
    expect([placement.left, placement.top]).toEqual([-12, -12])
  })
})

describe('random placement', () => {
  const framing = { mode: 'crop', scale: 256, crop: 224 } as const
  const at = (u: number, v: number) => randomPlacement(wide, framing, { u, v, mirror: false })
  it('reaches each corner and never leaves the image', () => {
    expect([at(0, 0).left, at(0, 0).top]).toEqual([0, 0])
    expect([at(0.99999, 0.99999).left, at(0.99999, 0.99999).top]).toEqual([117, 32])
  })
  it('draws every column equally often', () => {
    const counts = new Map<number, number>()
    for (let step = 0; step < 3300; step++) {
      const { top } = at(0, step / 3300)
      counts.set(top, (counts.get(top) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 33 }, () => 100))
  })
  it('draws within the padded square', () => {
    const pad = { mode: 'pad', scale: 256, crop: 224 } as const
    const placements = [0, 0.5, 0.999].map((v) => randomPlacement(wide, pad, { u: 0, v, mirror: true }))
    expect(placements.map(({ top }) => top)).toEqual([-32, -16, 0])
    expect(placements.every(({ mirror }) => mirror)).toBe(true)
  })
})
