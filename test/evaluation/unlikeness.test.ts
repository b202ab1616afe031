import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { referenceOf, unlikenessOf } from '../../core/evaluation/unlikeness.ts'

/** By scikit-learn: test/reference/unlikeness.py. */
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/unlikeness.json', import.meta.url), 'utf8'),
) as Readonly<Record<'training' | 'held' | 'usual' | 'alone' | 'distances' | 'shares', number[]>> & {
  readonly size: number
  readonly asked: number[][]
  readonly nearest: number[][]
}
const { size } = fixture
const rows = (values: readonly number[]) => ({ size, values: Float32Array.from(values) })
/** How far apart they are, where they are greater than 1 as a share of it. */
const apart = (found: ArrayLike<number>, expected: readonly number[]): number =>
  Math.max(
    Math.abs(found.length - expected.length),
    ...expected.map((value, at) => Math.abs(found[at]! - value) / Math.max(1, Math.abs(value))),
  )

test('distances, nearest images and shares are those of scikit-learn', () => {
  const reference = referenceOf(rows(fixture.training), rows(fixture.held))
  expect(apart(reference.usual, fixture.usual)).toBeLessThan(1e-5)
  const found = fixture.asked.map((one) => unlikenessOf(reference, Float32Array.from(one)))
  expect(
    apart(
      found.map(({ distance }) => distance),
      fixture.distances,
    ),
  ).toBeLessThan(1e-5)
  expect(found.map(({ share }) => share)).toEqual(fixture.shares)
  // All are equally far from a feature without a direction.
  expect(found.slice(0, -1).map(({ nearest }) => nearest)).toEqual(fixture.nearest.slice(0, -1))
})

test('without images that were held out each training image is held against the others', () => {
  const { usual } = referenceOf(rows(fixture.training), rows([]))
  expect(apart(usual, fixture.alone)).toBeLessThan(1e-5)
})

test('what lies far out in the direction of a class is unlike it', () => {
  const reference = referenceOf(rows(fixture.training), rows(fixture.held))
  const direction = rows(fixture.training).values.subarray(0, size)
  const far = unlikenessOf(
    reference,
    direction.map((value) => 6 * value),
  )
  expect(unlikenessOf(reference, direction).share).toBeLessThan(0.95)
  expect(far.share).toBe(1)
})
