import { expect, test } from 'vitest'
import { extremes } from '../../core/server/curves.ts'
import { random } from '../../core/base/random.ts'

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
