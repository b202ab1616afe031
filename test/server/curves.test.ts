import { expect, test } from 'vitest'
import { commonExtremes, extremes, thinnedEpochs } from '../../core/server/curves.ts'
import { random } from '../../core/base/random.ts'
import type { EpochRecord } from '../../core/training/events.ts'

test('a short curve is kept whole', () => {
  expect(extremes([3, 1, 2], 10)).toEqual([0, 1, 2])
  expect(extremes([], 10)).toEqual([])
  expect(extremes([5, 4, 3, 2], 10, 1, 3)).toEqual([1, 2])
})

test('of a long curve the ends and each stretch’s extremes stay, wherever they are', () => {
  const source = random(1)
  const values = Float64Array.from({ length: 100_000 }, () => source.uniform())
  for (const [place, value] of [
    [12_345, -7],
    [77_777, 9],
    [5, 2],
  ] as const) {
    values[place] = value
  }
  const kept = extremes(values, 2000)
  expect(kept.length).toBeLessThanOrEqual(2002)
  expect(kept.length).toBeGreaterThan(1900)
  expect(kept).toEqual(expect.arrayContaining([0, 5, 12_345, 77_777, 99_999]))
  expect(kept).toEqual([...kept].sort((a, b) => a - b))
})

test('values that are no number are passed over', () => {
  const values = Array.from({ length: 100 }, (_, index) => (index < 90 ? NaN : index))
  const kept = extremes(values, 10)
  expect(kept).toContain(99)
  expect(kept.filter((index) => index !== 0).every((index) => index >= 90)).toBe(true)
})

test('curves over the same points keep the extremes of each', () => {
  const flat = (place: number, value: number) =>
    Float64Array.from({ length: 50_000 }, (_, index) => (index === place ? value : 1))
  const kept = commonExtremes([flat(10_001, 0), flat(20_002, 5), flat(30_003, NaN)], 600)
  expect(kept.length).toBeLessThanOrEqual(606)
  expect(kept).toEqual(expect.arrayContaining([0, 10_001, 20_002, 49_999]))
  expect(commonExtremes([[1, 2, 3]], 10)).toEqual([0, 1, 2])
  expect(commonExtremes([], 10)).toEqual([])
})

test('the best epoch is never thinned away, and that is the one with the lower loss among equals', () => {
  const all = Array.from({ length: 5000 }, (_, index): EpochRecord => {
    const validation = { top1Error: 0.25, loss: index === 3210 ? 0.5 : 1, top5Error: null }
    const rest = { learningRate: 0.1, imagesPerSecond: 1, dataWait: 0, seconds: 1 }
    return { epoch: index + 1, trainingLoss: 1, trainingError: 0.5, validation, ...rest }
  })
  const kept = thinnedEpochs(all, 100)
  expect(kept.length).toBeLessThan(130)
  expect(kept.map(({ epoch }) => epoch)).toEqual(expect.arrayContaining([1, 3211, 5000]))
})
