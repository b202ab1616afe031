import { expect, test } from 'vitest'
import type { DuplicatePositions } from '../../core/jobs/tasks/health.ts'
import { remedy } from '../../core/server/library/remedies.ts'

const group = (
  kind: DuplicatePositions['kind'],
  positions: readonly number[],
  splits: DuplicatePositions['splits'] = positions.map(() => 'train'),
  acrossClasses = false,
): DuplicatePositions => ({
  kind,
  positions,
  splits,
  acrossSplits: new Set(splits).size > 1,
  acrossClasses,
})
const issues = { duplicate: [], 'near-duplicate': [], leakage: [], conflict: [], small: [4, 9] }

test('of duplicates all but the first are left out, of one kind at a time', () => {
  const groups = [group('exact', [3, 5, 8]), group('near', [1, 2]), group('exact', [6, 7])]
  expect(remedy('exact-duplicates', { groups, issues })).toEqual([5, 7, 8])
  expect(remedy('near-duplicates', { groups, issues })).toEqual([2])
})

test('where labels contradict each other nothing is decided for the person', () => {
  const groups = [group('exact', [3, 5], ['train', 'test'], true)]
  for (const code of ['exact-duplicates', 'leakage', 'conflicting-labels'] as const)
    expect(remedy(code, { groups, issues })).toEqual([])
})

test('of leakage what measures stays, and what trains goes', () => {
  const groups = [
    group('exact', [1, 2, 3], ['train', 'test', 'train']),
    group('near', [4, 5], ['validation', 'train']),
    group('exact', [6, 7], ['validation', 'test']),
    group('exact', [8, 9]),
  ]
  expect(remedy('leakage', { groups, issues })).toEqual([1, 3, 5, 6])
})

test('what is out already is no longer the first of its group', () => {
  const groups = [group('exact', [3, 5, 8]), group('exact', [6, 7], ['train', 'test'])]
  const isOut = (position: number): boolean => position === 3 || position === 6
  expect(remedy('exact-duplicates', { groups, issues }, isOut)).toEqual([8])
  expect(remedy('leakage', { groups, issues }, isOut)).toEqual([])
})

test('small images go, other findings have no remedy of one click', () => {
  expect(remedy('small-images', { groups: [], issues })).toEqual([4, 9])
  expect(remedy('imbalance', { groups: [group('exact', [1, 2])], issues })).toEqual([])
})
