import pc from 'picocolors'
import { expect, test } from 'vitest'
import { confusionBlocks, sparkline } from '../../core/cli/chart.ts'
import { width } from '../../core/cli/table.ts'

test('a sparkline goes from the lowest to the highest value', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
  expect(sparkline([5, 5])).toBe('▁▁')
  expect(sparkline([1, NaN, 2])).toBe('▁ █')
  expect(sparkline([])).toBe('')
})

const plain = { colors: pc.createColors(false), columns: 100 }
const confusion = [
  [9, 1],
  [0, 0],
]

test('a confusion matrix has a block per count, as dark as its share of the row', () => {
  expect(confusionBlocks(confusion, ['cat', 'dog'], plain).split('\n').slice(1)).toEqual([
    '          a   b',
    'cat  a  █ 9 ░ 1',
    'dog  b    ·   ·',
  ])
})

test('long names have the room that the counts leave', () => {
  const names = ['bird of paradise '.repeat(10), 'dog']
  const lines = confusionBlocks(confusion, names, { ...plain, columns: 40 }).split('\n')
  expect(lines[2]).toBe('bird of paradi… of paradise   a  █ 9 ░ 1')
  expect(lines.slice(1).every((line) => width(line) <= 40)).toBe(true)
})

test('right ones are green and wrong ones red, where there are colors', () => {
  const colors = pc.createColors(true)
  const text = confusionBlocks(confusion, ['cat', 'dog'], { colors, columns: 100 })
  expect(text).toContain(colors.green('█ 9'))
  expect(text).toContain(colors.red('░ 1'))
})
