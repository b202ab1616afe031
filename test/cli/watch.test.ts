import pc from 'picocolors'
import { expect, test } from 'vitest'
import { width } from '../../core/cli/table.ts'
import type { Terminal } from '../../core/cli/terminal.ts'
import { watch } from '../../core/cli/watch.ts'
import type { JobEvent } from '../../core/jobs/events.ts'

function terminal(json: boolean, noteColumns = Infinity) {
  const [notes, lines, shown]: [string[], object[], object[]] = [[], [], []]
  const colors = pc.createColors(false)
  const screen: Terminal = {
    json,
    colors,
    noteColors: colors,
    columns: 100,
    noteColumns,
    progress: { show: (state) => void shown.push(state), clear: () => undefined },
    result: () => undefined,
    line: (value) => void lines.push(value),
    note: (text) => void notes.push(text),
  }
  return { screen, notes, lines, shown }
}

const epoch: JobEvent = {
  event: 'epoch',
  run: 'r1',
  epoch: 3,
  trainingLoss: 1.5,
  trainingError: 0.25,
  validation: { loss: 2, top1Error: 0.5, top5Error: null },
  learningRate: 0.01,
  imagesPerSecond: 1234.5,
  dataWait: 0.25,
  seconds: 9,
}

test('an epoch is a line with losses, errors, rate, speed and data wait', () => {
  const { screen, notes, lines } = terminal(false)
  watch(screen, true)(epoch)
  expect(notes).toEqual([
    'Epoch   3  loss 1.500, error 25.0%  validation loss 2.000, top-1 error 50.0%, top-5 n/a  rate 0.01  1,235 images/s  data wait 0.3 s',
  ])
  expect(lines).toEqual([epoch])
})

test('on a narrow terminal the line leaves out what matters least', () => {
  const { screen, notes } = terminal(false, 100)
  watch(screen, true)(epoch)
  expect(width(notes[0]!)).toBeLessThanOrEqual(100)
  expect(notes[0]).toContain('top-1 error 50.0%')
})

test('with JSON lines there is no prose beside them; without them there is', () => {
  const [streaming, single] = [terminal(true), terminal(true)]
  watch(streaming.screen, true)(epoch)
  watch(single.screen, false)({ event: 'notice', code: 'x', message: 'A word.', hint: 'A hint.' })
  expect([streaming.notes, streaming.lines]).toEqual([[], [epoch]])
  expect([single.notes, single.lines]).toEqual([['Note: A word. A hint.'], []])
})

test('progress moves the bar, and others who listen are told', () => {
  const { screen, notes, shown } = terminal(false)
  const heard: JobEvent[] = []
  const event: JobEvent = { event: 'progress', phase: 'verify', done: 3, total: 10, secondsLeft: 7 }
  watch(screen, false, (told) => void heard.push(told))(event)
  expect(shown).toEqual([{ label: 'Checking images', done: 3, total: 10, secondsLeft: 7 }])
  expect(notes).toEqual([])
  expect(heard).toEqual([event])
})
