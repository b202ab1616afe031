import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { appendToLog, readLog, type LogLine } from '../../../core/jobs/recording/runLog.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const lineAt = (number: number): LogLine =>
  ({
    time: new Date(number).toISOString(),
    level: 'info',
    code: 'paused',
    values: { number },
  }) as unknown as LogLine
const numberOf = (line: LogLine): number => Date.parse(line.time)

test('a log is rotated: it stays small, the newest lines stay, and each keeps its number', async () => {
  const folder = newFolder()
  const limit = 2000
  for (let number = 0; number < 500; number++) {
    appendToLog(folder, lineAt(number), limit)
    const lines = await readLog(folder)
    expect(lines.at(-1)!.line).toBe(number)
    // Without a gap, and never less than a full part once there was one.
    expect(lines.map(({ line }) => line)).toEqual(lines.map(numberOf))
    expect(lines.length).toBeGreaterThanOrEqual(Math.min(number + 1, 20))
  }
  const files = readdirSync(folder)
  expect(files).toHaveLength(2)
  expect(files).toContain('log.jsonl')
  for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThan(limit + 200)
})

test('a kill between putting a part away and removing the one before loses nothing', async () => {
  const folder = newFolder()
  for (let number = 0; number < 60; number++) appendToLog(folder, lineAt(number), 2000)
  const older = readdirSync(folder).find((name) => name !== 'log.jsonl')!
  const before = await readLog(folder)
  // As if an older one had not been removed yet.
  appendFileSync(join(folder, 'log.0.jsonl'), older === 'log.0.jsonl' ? '' : `${JSON.stringify(lineAt(0))}\n`)
  expect((await readLog(folder)).slice(-before.length)).toEqual(before)
})

test('a line that a crash cut off takes the next one with it no more', async () => {
  const folder = newFolder()
  appendToLog(folder, lineAt(0))
  appendFileSync(join(folder, 'log.jsonl'), '{"time":"2026')
  appendToLog(folder, lineAt(2))
  expect((await readLog(folder)).map(({ line }) => line)).toEqual([0, 2])
})
