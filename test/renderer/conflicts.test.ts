import { expect, test } from 'vitest'
import type { CorrectionChange } from '../../core/dataset/types.ts'
import { resolveConflict, verdictOf } from '../../renderer/logic/conflicts.ts'

const members = [
  { path: 'a', className: 'cat' },
  { path: 'b', className: 'dog' },
  { path: 'c', className: 'cat' },
]
const waiting = (...changes: readonly CorrectionChange[]): ReadonlyMap<string, CorrectionChange> =>
  new Map(changes.map((change) => [change.path, change]))

test('images with another label get the one that is right, whichever comes first', () => {
  expect(resolveConflict(members, waiting(), { class: 'dog' })).toEqual({
    put: [
      { path: 'a', action: 'relabel', class: 'dog' },
      { path: 'c', action: 'relabel', class: 'dog' },
    ],
    forget: [],
  })
  expect(resolveConflict(members, waiting(), { class: 'bird' }).put).toHaveLength(3)
})

test('where none of the labels is right, all are left out as mislabeled', () => {
  const { put } = resolveConflict(members, waiting(), 'none')
  expect(put.map(({ path, action }) => `${path} ${action}`)).toEqual([
    'a mislabelled',
    'b mislabelled',
    'c mislabelled',
  ])
})

test('another verdict takes the one before back; what was left out by itself stays out', () => {
  const before = waiting({ path: 'a', action: 'relabel', class: 'dog' }, { path: 'c', action: 'leave-out' })
  expect(resolveConflict(members, before, { class: 'cat' })).toEqual({
    put: [{ path: 'b', action: 'relabel', class: 'cat' }],
    forget: ['a'],
  })
})

test('a group stands open until what is kept has one label', () => {
  expect(verdictOf(members, waiting())).toBeNull()
  expect(verdictOf(members, waiting({ path: 'b', action: 'relabel', class: 'cat' }))).toEqual({
    class: 'cat',
  })
  expect(verdictOf(members, waiting({ path: 'b', action: 'leave-out' }))).toEqual({ class: 'cat' })
  const out = members.map(({ path }) => ({ path, action: 'mislabelled' as const }))
  expect(verdictOf(members, waiting(...out))).toBe('none')
})
