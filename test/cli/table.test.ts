import pc from 'picocolors'
import { expect, test } from 'vitest'
import { fittingColumns, pad, shortened, table, width, wrapped } from '../../core/cli/table.ts'

test('columns are as wide as their widest cell, and numbers stand to the right', () => {
  const text = table(
    [{ title: 'name' }, { title: 'images', align: 'right' }],
    [
      ['a', '1'],
      ['long name', '1,000'],
    ],
  )
  expect(text).toBe('name       images\na               1\nlong name   1,000')
})

test('a table without titles has no header', () => {
  expect(table([{ title: '' }, { title: '' }], [['a', 'b']])).toBe('a  b')
})

test('colors take no room, combining marks neither, and wide characters two cells', () => {
  expect(width(pc.createColors(true).red('abc'))).toBe(3)
  expect(width('e\u0301')).toBe(1)
  expect(width('꽃 花')).toBe(5)
  expect(pad('꽃', 4) + '|').toBe('꽃  |')
})

test('a text that is too long loses its middle, between characters as they are seen', () => {
  expect(shortened('abc', 3)).toBe('abc')
  expect(shortened('a very long name', 9)).toBe('a ve…name')
  expect(shortened('e\u0301e\u0301e\u0301e\u0301', 3)).toBe('e\u0301…e\u0301')
  expect(width(shortened('꽃꽃꽃꽃꽃꽃', 8))).toBeLessThanOrEqual(8)
})

test('columns that shrink fit a table into the line, down to what still tells something', () => {
  const columns = [
    { title: 'class', shrinks: true },
    { title: 'images', align: 'right' as const },
  ]
  const rows = [
    ['cat', '1'],
    ['a name that nobody wants to read in full', '1,000'],
  ]
  expect(table(columns, rows, 30)).toBe(
    'class                   images\ncat                          1\na name that…ad in full   1,000',
  )
  const narrow = table(columns, rows, 5)
  expect(narrow).toContain('a name t…in full')
  expect(table(columns, rows, 100)).toBe(table(columns, rows))
})

test('columns beyond the line are left out, the last first, and one stays', () => {
  const rows = [['1', '22', 'ä three']]
  expect([100, 12, 9, 3, 1].map((cells) => fittingColumns(['a', 'b', 'c'], rows, cells))).toEqual([
    3, 2, 2, 1, 1,
  ])
})

test('a long line is broken between words, and goes on indented', () => {
  expect(wrapped('  data: crop 64, scale 72–96, mode crop', 20)).toBe(
    '  data: crop 64,\n    scale 72–96,\n    mode crop',
  )
  expect(wrapped('short', 20)).toBe('short')
  expect(wrapped('averylongpaththatcannotbebroken x', 10)).toBe('averylongpaththatcannotbebroken\n    x')
})
