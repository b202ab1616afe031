import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { secondsLeft, smoothed, throttled, unknownPace } from '../../core/training/progress.ts'

test('The pace follows long measurements faster than short ones', () => {
  expect(smoothed(null, 4, 8)).toBe(0.5)
  expect(smoothed(0.5, 0, 0)).toBe(0.5)
  const afterShort = smoothed(0.5, 1, 1)!
  const afterLong = smoothed(0.5, 100, 100)!
  expect(afterShort).toBeGreaterThan(0.5)
  expect(afterShort).toBeLessThan(0.52)
  expect(afterLong).toBeGreaterThan(0.95)
  expect(afterLong).toBeLessThan(1)
})

test('The time left is unknown until an image is trained, and then counts validation too', () => {
  expect(secondsLeft(unknownPace, { training: 10, validation: 10 })).toBeNull()
  expect(secondsLeft({ training: 0.3, validation: null }, { training: 100, validation: 50 })).toBeCloseTo(
    35,
    9,
  )
  expect(secondsLeft({ training: 0.3, validation: 0.2 }, { training: 100, validation: 50 })).toBeCloseTo(
    40,
    9,
  )
})

test('Throttled events come at most once per interval, the first at once', async () => {
  const seen: number[] = []
  const emit = throttled((value: number) => seen.push(value), 100)
  emit(1)
  emit(2)
  await sleep(120)
  emit(3)
  emit(4)
  expect(seen).toEqual([1, 3])
  const all: number[] = []
  const every = throttled((value: number) => all.push(value), 0)
  for (const value of [1, 2, 3]) every(value)
  expect(all).toEqual([1, 2, 3])
})
