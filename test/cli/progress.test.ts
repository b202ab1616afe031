import { PassThrough } from 'node:stream'
import pc from 'picocolors'
import { expect, onTestFinished, test, vi } from 'vitest'
import { progressLine } from '../../core/cli/progress.ts'
import { width } from '../../core/cli/table.ts'

function stream(isTTY: boolean, columns = 60) {
  const written: string[] = []
  const sink = Object.assign(new PassThrough(), { isTTY, columns })
  sink.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  return { sink: sink as unknown as NodeJS.WriteStream, written }
}

const colors = pc.createColors(false)
const half = { label: 'Epoch 1/2', done: 50, total: 100, secondsLeft: 65, detail: 'loss 1.234' }

test('on a terminal there is one line with a bar, the share and the time left', () => {
  const { sink, written } = stream(true, 100)
  progressLine(sink, colors).show(half)
  expect(written).toEqual([`\r\x1b[2KEpoch 1/2  ${'━'.repeat(30)}   50%  loss 1.234  1 min 5 s left`])
})

test('the line never is wider than the terminal', () => {
  for (const columns of [20, 40, 60, 80]) {
    const { sink, written } = stream(true, columns)
    progressLine(sink, colors).show({ ...half, label: 'A rather long label for a narrow terminal' })
    expect(width(written.join('').replace('\r\x1b[2K', ''))).toBeLessThan(columns)
  }
})

test('updates that come too fast are left out, the last one never', () => {
  const { sink, written } = stream(true)
  const line = progressLine(sink, colors)
  for (let done = 0; done <= 100; done++) line.show({ ...half, done })
  expect(written).toHaveLength(2)
  expect(written[1]).toContain('100%')
})

test('the line is taken away once, before other text comes', () => {
  const { sink, written } = stream(true)
  const line = progressLine(sink, colors)
  line.clear()
  line.show(half)
  line.clear()
  line.clear()
  expect(written.slice(1)).toEqual(['\r\x1b[2K'])
})

test('where nobody watches, there is a plain line every ten seconds', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { sink, written } = stream(false)
  const line = progressLine(sink, colors)
  for (let done = 0; done < 100; done++) {
    line.show({ label: 'Checking images', done, total: 100, secondsLeft: 25 - done / 4 })
    vi.advanceTimersByTime(250)
  }
  line.clear()
  expect(written).toEqual(['Checking images: 40%  15 s left\n', 'Checking images: 80%  5 s left\n'])
})
