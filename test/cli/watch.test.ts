import pc from 'picocolors'
import { expect, test } from 'vitest'
import { width } from '../../core/cli/table.ts'
import type { Terminal } from '../../core/cli/terminal.ts'
import { watch } from '../../core/cli/watch.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { english } from '../../core/messages/en/index.ts'

function terminal(json: boolean, noteColumns = Infinity, metric: Terminal['metric'] = 'error') {
  const [notes, lines, shown]: [string[], object[], object[]] = [[], [], []]
  const colors = pc.createColors(false)
  const screen: Terminal = {
    json,
    metric,
    texts: english,
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
  images: 1200,
  validation: { loss: 2, top1Error: 0.5, top5Error: null, images: 54 },
  learningRate: 0.01,
  imagesPerSecond: 1234.5,
  dataWait: 0.25,
  seconds: 9,
}

test('an epoch is a line with losses, errors, rate, speed and data wait', () => {
  const { screen, notes, lines } = terminal(false)
  watch(screen, true)(epoch)
  expect(notes).toEqual([
    'Epoch   3  loss 1.500, error 25.0%  validation loss 2.000, top-1 error 50.0%, top-5 n/a  n = 1,200 and 54  rate 0.01  1,235 images/s  data wait 0.3 s',
  ])
  expect(lines).toEqual([epoch])
})

test('who wants accuracy is told accuracy, and programs are told errors', () => {
  const { screen, notes, lines, shown } = terminal(false, Infinity, 'accuracy')
  watch(screen, true)(epoch)
  expect(notes[0]).toContain('loss 1.500, accuracy 75.0%')
  expect(notes[0]).toContain('top-1 accuracy 50.0%')
  expect(notes[0]).not.toContain('error')
  expect(lines).toEqual([epoch])
  const soFar = { images: 40, top1Error: 0.1, top1Interval: { low: 0, high: 0.3 }, top5Error: null }
  watch(screen, true)({ event: 'progress', phase: 'evaluate', done: 40, total: 54, secondsLeft: 1, soFar })
  expect(shown).toMatchObject([{ detail: 'top-1 accuracy so far 90.0% (n = 40)' }])
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
  watch(single.screen, false)({ event: 'notice', code: 'random-held-back', values: { layers: ['fc8'] } })
  expect([streaming.notes, streaming.lines]).toEqual([[], [epoch]])
  expect([single.notes, single.lines]).toEqual([
    [expect.stringMatching(/^Note: fc8: frozen .* to begin with\. Start from /)],
    [],
  ])
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
