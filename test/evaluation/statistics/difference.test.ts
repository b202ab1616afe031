import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { wilsonInterval } from '../../../core/evaluation/metrics.ts'
import { decide, differenceOf } from '../../../core/evaluation/statistics/difference.ts'
import { holm } from '../../../core/evaluation/statistics/holm.ts'
import { mcnemarExact } from '../../../core/evaluation/statistics/mcnemar.ts'
import { pairedInterval } from '../../../core/evaluation/statistics/pairedInterval.ts'
import { clustersOf } from '../../../core/evaluation/statistics/resampling.ts'
import { alone, apart, fixture } from './support.ts'

/** By brute force (test/reference/pairedInterval.py). */
const pairedFixture = JSON.parse(
  readFileSync(new URL('../../fixtures/pairedIntervals.json', import.meta.url), 'utf8'),
) as readonly { onlyFirst: number; onlySecond: number; images: number; low: number; high: number }[]

test.each(fixture.mcnemar)('exact McNemar of $onlyFirst and $onlySecond is as in statsmodels', (pair) => {
  expect(apart(mcnemarExact(pair.onlyFirst, pair.onlySecond), pair.p)).toBeLessThan(1e-12)
})

test('Holm’s adjustment is as in statsmodels, in the order of the p-values', () => {
  const { p, adjusted } = fixture.holm
  holm(p).forEach((value, index) => expect(value).toBeCloseTo(adjusted[index]!, 14))
  expect(holm([])).toEqual([])
})

test.each(fixture.wilson)(
  'the Wilson interval of %i errors in %i images is as in statsmodels',
  (errors, images, low, high) => {
    const interval = wilsonInterval(errors, images)
    expect(interval.low).toBeCloseTo(low, 12)
    expect(interval.high).toBeCloseTo(high, 12)
  },
)

/** 400 images; of the given numbers only one is right, and on the rest both. */
const paired = (onlyFirst: number, onlySecond: number, images = 400) => ({
  first: Array.from({ length: images }, (_, image) => image >= onlySecond),
  second: Array.from({ length: images }, (_, image) => image < images - onlyFirst),
  clusters: alone(images),
})
const resampling = { seed: 3, resamples: 4000 }

test('the bootstrap interval of the difference is near the normal one, and the same for the same seed', () => {
  const one = differenceOf(paired(20, 45), resampling)
  expect(one).toMatchObject({
    images: 400,
    errors: [45, 20],
    onlyFirst: 20,
    onlySecond: 45,
    decidedBy: 'mcnemar',
  })
  expect(one.difference).toBeCloseTo(25 / 400, 12)
  const deviation = Math.sqrt((65 / 400 - (25 / 400) ** 2) / 400)
  expect(one.interval.low).toBeCloseTo(25 / 400 - 1.96 * deviation, 2)
  expect(one.interval.high).toBeCloseTo(25 / 400 + 1.96 * deviation, 2)
  expect(differenceOf(paired(20, 45), resampling)).toEqual(one)
  expect(differenceOf(paired(20, 45), { ...resampling, seed: 4 }).interval).not.toEqual(one.interval)
})

test('near-duplicates widen the interval, and the bootstrap over their groups decides', () => {
  // The 30 images that only the second gets right are one picture, 30 times.
  const independent = differenceOf(paired(5, 30), resampling)
  const group = Array.from({ length: 30 }, (_, image) => image)
  const clusters = clustersOf(
    [group],
    Array.from({ length: 400 }, (_, image) => image),
  )
  const grouped = differenceOf({ ...paired(5, 30), clusters }, resampling)
  expect(independent.p).toBeLessThan(0.001)
  expect(grouped).toMatchObject({ decidedBy: 'group-bootstrap', groups: 1, grouped: 30 })
  expect(grouped.interval.low).toBeLessThan(0)
  expect(grouped.p).toBeGreaterThan(0.05)
  expect(decide([independent])[0]!.better).toBe('second')
  expect(decide([grouped])[0]!.better).toBeNull()
})

test('several comparisons at once need stronger evidence', () => {
  const weak = differenceOf(paired(20, 37), resampling)
  expect(decide([weak])[0]).toMatchObject({ better: 'second', comparisons: 1 })
  const [among] = decide([weak, ...Array.from({ length: 4 }, () => differenceOf(paired(10, 11), resampling))])
  expect(among).toMatchObject({ better: null, comparisons: 5 })
})

test('networks that never differ are not told apart, and without images there is no difference', () => {
  expect(decide([differenceOf(paired(0, 0), resampling)])[0]).toMatchObject({
    p: 1,
    better: null,
    difference: 0,
  })
  expect(() => differenceOf({ first: [], second: [], clusters: [] })).toThrow(/no image/)
})

test('clusters hold the images that are there, groups of one picture are none', () => {
  expect(
    clustersOf(
      [
        [2, 5, 9],
        [4, 7],
      ],
      [5, 7, 9, 11],
    ),
  ).toEqual([[0, 2], [1], [3]])
})

test.each(pairedFixture)(
  'the interval of accuracy gained, $onlyFirst lost and $onlySecond gained of $images images, is Tango’s',
  ({ onlyFirst, onlySecond, images, low, high }) => {
    const interval = pairedInterval(onlyFirst, onlySecond, images)
    expect(interval.low).toBeCloseTo(low, 6)
    expect(interval.high).toBeCloseTo(high, 6)
  },
)
