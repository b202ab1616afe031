import { expect, test } from 'vitest'
import { nothingPicked, pickedBy, tilesIn } from '../../renderer/logic/picking.ts'
import { decisionOf, nextOpen, stepFor } from '../../renderer/logic/suspects.ts'

const classes = ['bag', 'coat', 'shirt']
const suspect = (path: string, label: number, suggested: number) => ({ path, label, suggested })
const none = { pending: new Map(), confirmed: new Map<string, string>() }

test('a decision becomes a correction or a confirmed label, for many at once', () => {
  const chosen = [suspect('a', 0, 1), suspect('b', 1, 2)]
  expect(stepFor(chosen, classes, { kind: 'accept' })).toEqual({
    put: [
      { path: 'a', action: 'relabel', class: 'coat' },
      { path: 'b', action: 'relabel', class: 'shirt' },
    ],
    confirm: [],
  })
  expect(stepFor(chosen, classes, { kind: 'keep' })).toEqual({
    put: [],
    confirm: [
      { path: 'a', class: 'bag' },
      { path: 'b', class: 'coat' },
    ],
  })
  // The class that one of them has already confirms it.
  expect(stepFor(chosen, classes, { kind: 'class', class: 'coat' })).toEqual({
    put: [{ path: 'a', action: 'relabel', class: 'coat' }],
    confirm: [{ path: 'b', class: 'coat' }],
  })
  expect(stepFor(chosen, classes, { kind: 'leave-out' }).put).toEqual([
    { path: 'a', action: 'leave-out' },
    { path: 'b', action: 'leave-out' },
  ])
})

test('what was decided is told from what waits and from what was confirmed, unless the label has changed since', () => {
  const one = suspect('a', 0, 1)
  expect(decisionOf(one, classes, none)).toBeNull()
  expect(decisionOf(one, classes, { ...none, confirmed: new Map([['a', 'bag']]) })).toEqual({ kind: 'keep' })
  expect(decisionOf(one, classes, { ...none, confirmed: new Map([['a', 'coat']]) })).toBeNull()
  const pending = new Map([['a', { path: 'a', action: 'relabel', class: 'shirt' } as const]])
  expect(decisionOf(one, classes, { ...none, pending })).toEqual({ kind: 'class', class: 'shirt' })
})

test('the next one that is open comes after this one, or from the start', () => {
  const done = { kind: 'keep' } as const
  expect(nextOpen([null, done, null, null], 2)).toBe(3)
  expect(nextOpen([null, done, null], 2)).toBe(0)
  expect(nextOpen([done, null], 1)).toBeUndefined()
})

test('clicks pick one, Ctrl adds and takes away, Shift goes from the last one, both together add a range', () => {
  const list = ({ picked }: { readonly picked: ReadonlySet<number> }): number[] =>
    [...picked].sort((a, b) => a - b)
  const click = { range: false, toggle: false }
  let picking = pickedBy(nothingPicked, 3, click)
  expect(list(picking)).toEqual([3])
  picking = pickedBy(picking, 6, { range: true, toggle: false })
  expect(list(picking)).toEqual([3, 4, 5, 6])
  picking = pickedBy(picking, 1, { range: true, toggle: false })
  expect(list(picking)).toEqual([1, 2, 3])
  picking = pickedBy(picking, 9, { range: false, toggle: true })
  expect(list(picking)).toEqual([1, 2, 3, 9])
  picking = pickedBy(picking, 11, { range: true, toggle: true })
  expect(list(picking)).toEqual([1, 2, 3, 9, 10, 11])
  expect(list(pickedBy(picking, 2, { range: false, toggle: true }))).toEqual([1, 3, 9, 10, 11])
})

test('a band picks the tiles that it touches, and none past the last', () => {
  const tiles = { columns: 4, width: 100, height: 120, count: 10 }
  expect(tilesIn({ left: 50, top: 100, right: 150, bottom: 130 }, tiles)).toEqual([0, 1, 4, 5])
  expect(tilesIn({ left: 0, top: 240, right: 399, bottom: 900 }, tiles)).toEqual([8, 9])
  expect(tilesIn({ left: 420, top: 0, right: 480, bottom: 50 }, tiles)).toEqual([])
})
