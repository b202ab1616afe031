import pc from 'picocolors'
import { expect, test } from 'vitest'
import { pad, table, width } from '../../core/cli/table.ts'

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
