import { describe, expect, it } from 'vitest'
import { keptIndices, valuesAt } from '../../renderer/logic/downsample.ts'

const noise = (index: number): number => Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1

describe('thinning a curve', () => {
  const x = Array.from({ length: 100_000 }, (_, index) => index)
  const loss = x.map((index) => 3 / (1 + index / 5000) + noise(index))

  it('keeps as many points as asked for, ascending, with both ends', () => {
    const kept = keptIndices(x, [loss], 2000)
    expect(kept.length).toBeLessThanOrEqual(2000)
    expect(kept.length).toBeGreaterThan(1500)
    expect(kept[0]).toBe(0)
    expect(kept.at(-1)).toBe(99_999)
    expect(kept.every((index, place) => place === 0 || index > kept[place - 1]!)).toBe(true)
  })

  it('never loses the best or the worst point of any series', () => {
    const best = loss.map((value, index) => (index === 61_803 ? -5 : value))
    const error = loss.map((value, index) => (index === 12_345 ? 99 : value / 2))
    const kept = keptIndices(x, [best, error], 500)
    expect(kept).toContain(61_803)
    expect(kept).toContain(12_345)
    expect(Math.min(...valuesAt(best, kept))).toBe(-5)
  })

  it('leaves a short curve as it is, and copes with missing values', () => {
    expect(keptIndices([1, 2, 3], [[1, null, 3]], 10)).toEqual([0, 1, 2])
    const sparse = x.map((index) => (index % 1000 === 999 ? index : null))
    expect(keptIndices(x, [sparse], 200)).toContain(99_999)
    expect(keptIndices(x, [x.map(() => null)], 200)).toEqual([0, 99_999])
  })

  it('takes well under a frame', () => {
    const start = performance.now()
    for (let round = 0; round < 10; round++) keptIndices(x, [loss], 2000)
    expect((performance.now() - start) / 10).toBeLessThan(50)
  })
})
