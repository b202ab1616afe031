import { expect, test } from 'vitest'
import { changesText, fullyRead, partsOf } from '../../renderer/components/dataset/changes.ts'
import {
  describeChange,
  describeCorrection,
  summarize,
} from '../../renderer/components/dataset/correctionTexts.ts'
import { parseRoute } from '../../renderer/logic/route.ts'

test('what waits is summed up by what will be done', () => {
  expect(
    summarize([
      { path: 'a', action: 'relabel', class: 'cat' },
      { path: 'b', action: 'leave-out' },
      { path: 'c', action: 'leave-out' },
      { path: 'd', action: 'take-back' },
    ]),
  ).toBe('2 left out, 1 relabeled, 1 taken back')
  expect(summarize([])).toBe('')
})

test('a correction is told as what will be, or as what holds', () => {
  expect(describeChange({ path: 'a', action: 'relabel', class: 'cat' })).toBe('Will be cat')
  expect(describeCorrection({ path: 'a', action: 'mislabelled' })).toBe('Left out as mislabeled')
})

test('changes of the folder are told by kind, and not at all where there are none', () => {
  const found = {
    unchanged: 5,
    changed: ['a'],
    missing: [],
    moved: [{ from: 'b', to: 'c' }],
    added: ['d', 'e'],
  }
  const changes = fullyRead(found)
  expect(partsOf(changes)).toEqual(['1 changed', '1 moved', '2 new'])
  expect(changesText(changes)).toBe('Since the import: 1 changed, 1 moved, 2 new.')
  expect(changesText(fullyRead({ ...found, changed: [], moved: [], added: [] }))).toBeUndefined()
})

test('the queue has an address', () => {
  expect(parseRoute('/queue')).toEqual({ view: 'queue' })
  expect(parseRoute('/queue/1')).toEqual({ view: 'not-found' })
})
