import { describe, expect, it } from 'vitest'
import { dropoutMask } from '../../core/engine/dropout.ts'
import { countCorrect, imageResults, spreadOf, targetDistributions } from '../../core/engine/targets.ts'

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

it('an image’s loss and margin are by its logits alone, however large they are', () => {
  const logits = Float32Array.of(1, 2, 4, /**/ 1000, 0, 998, /**/ 5, 5, 1)
  const { losses, margins, others } = imageResults(logits, Int32Array.of(1, 0, 0))
  expect([...margins]).toEqual([-2, 2, 0])
  expect([...others]).toEqual([2, 2, 1])
  const expected = [
    -Math.log(Math.exp(2) / (Math.exp(1) + Math.exp(2) + Math.exp(4))),
    Math.log(1 + Math.exp(-2)),
    Math.log(2 + Math.exp(-4)),
  ]
  expected.forEach((value, image) => expect(losses[image]).toBeCloseTo(value, 6))
})

it('how far logits differ is counted between images, not between classes', () => {
  expect(spreadOf(Float32Array.of(1, 5, 9, 1, 5, 9), 2)).toBe(0)
  expect(spreadOf(Float32Array.of(1, 5, 3, 5), 2)).toBeCloseTo(Math.sqrt(0.5), 6)
  expect(spreadOf(Float32Array.of(1, 5), 1)).toBe(0)
})
