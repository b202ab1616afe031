import { describe, expect, it } from 'vitest'
import { dropoutMask } from '../../core/engine/dropout.ts'
import { countCorrect, spreadOf, targetDistributions } from '../../core/engine/targets.ts'

describe('a dropout mask', () => {
  it('drops the asked share and scales up what stays', () => {
    const mask = dropoutMask([1], 0, { rate: 0.3, count: 100_000 })
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.7)]))
    expect(mask.filter((value) => value === 0).length / mask.length).toBeCloseTo(0.3, 2)
  })

  it('is named by its seed and its layer', () => {
    const mask = (seed: number[], layer: number) => [...dropoutMask(seed, layer, { rate: 0.5, count: 64 })]
    expect(mask([1, 2], 0)).toEqual(mask([1, 2], 0))
    expect(mask([1, 2], 0)).not.toEqual(mask([1, 3], 0))
    expect(mask([1, 2], 0)).not.toEqual(mask([1, 2], 1))
  })
})

describe('targets', () => {
  it('are one-hot, or smoothed to (1−ε)·one-hot + ε/K', () => {
    expect([...targetDistributions({ labels: Int32Array.of(1, 0) }, 2, 0)]).toEqual([0, 1, 1, 0])
    const smoothed = targetDistributions({ labels: Int32Array.of(2) }, 4, 0.2)
    expect([...smoothed].map((value) => value.toFixed(3))).toEqual(['0.050', '0.050', '0.850', '0.050'])
  })
})

describe('counting correct images', () => {
  it('wants the label to be strictly highest', () => {
    const logits = Float32Array.of(1, 2, 3, /**/ 3, 3, 0, /**/ NaN, NaN, NaN)
    expect(countCorrect(logits, Int32Array.of(2, 0, 1))).toBe(1)
  })
})

it('how far logits differ is counted between images, not between classes', () => {
  expect(spreadOf(Float32Array.of(1, 5, 9, 1, 5, 9), 2)).toBe(0)
  expect(spreadOf(Float32Array.of(1, 5, 3, 5), 2)).toBeCloseTo(Math.sqrt(0.5), 6)
  expect(spreadOf(Float32Array.of(1, 5), 1)).toBe(0)
})
