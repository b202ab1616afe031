import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  secondsLeft,
  secondsPerImage,
  throttled,
  unknownPace,
  withThroughput,
  type Throughput,
} from '../../core/training/progress.ts'

const paceAfter = (...microBatches: readonly (readonly [seconds: number, images: number])[]): number =>
  secondsPerImage(
    microBatches.reduce<Throughput | null>(
      (work, [seconds, images]) => withThroughput(work, seconds, images),
      null,
    )!,
  )

test('The pace follows long measurements faster than short ones, and forgets what was long ago', () => {
  expect(paceAfter([4, 8])).toBe(0.5)
  expect(withThroughput(null, 1, 0)).toBeNull()
  const slow = [5, 10] as const
  expect(paceAfter(slow, slow, [1, 1])).toBeLessThan(0.55)
  expect(paceAfter(slow, slow, [100, 100])).toBeGreaterThan(0.95)
})

test('A first micro-batch that was slow by all that was opened for it is forgotten with the second', () => {
  expect(paceAfter([20, 16], [0.1, 16])).toBe(0.1 / 16)
  expect(paceAfter([0.1, 16], [0.1, 16], [0.1, 16])).toBeCloseTo(0.1 / 16, 12)
})

test('The time left is unknown until an image is trained, and then counts validation and ends of epochs too', () => {
  const ahead = { training: 100, validation: 50, epochEnds: 3 }
  expect(secondsLeft(unknownPace, ahead)).toBeNull()
  const training = withThroughput(null, 3, 10)
  expect(secondsLeft({ ...unknownPace, training }, ahead)).toBeCloseTo(35, 9)
  const validation = withThroughput(null, 2, 10)
  expect(secondsLeft({ ...unknownPace, training, validation }, ahead)).toBeCloseTo(40, 9)
  expect(secondsLeft({ ...unknownPace, training, validation, epochEnd: 2 }, ahead)).toBeCloseTo(46, 9)
})

test('What was expected before the run is the time left at first, and its own progress corrects it more and more', () => {
  const ahead = { training: 100, validation: 50, epochEnds: 3 }
  const expected = { training: 0.2, validation: 0.1, epochEnd: 1 }
  const after = (...microBatches: readonly (readonly [number, number])[]): number => {
    const add = (work: Throughput | null, [seconds, images]: readonly [number, number]): Throughput | null =>
      withThroughput(work, seconds, images)
    return secondsLeft({ ...unknownPace, expected, training: microBatches.reduce(add, null) }, ahead)!
  }
  expect(after()).toBeCloseTo(28, 9)
  // What is opened for the first images says nothing of the others.
  expect(after([20, 10])).toBeCloseTo(28, 9)
  // It takes twice as long as expected: validation is then expected to as well.
  const early = after([20, 10], [0.4, 1])
  const late = after([20, 10], ...Array.from({ length: 50 }, () => [0.4, 1] as const))
  expect(early).toBeGreaterThan(28)
  expect(late).toBeGreaterThan(early)
  expect(late).toBeCloseTo(3 + 2 * 25, -1)
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
