import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const script = fileURLToPath(new URL('../../.ci/summary.mjs', import.meta.url))
const passing = { status: 'passed', assertionResults: [{}] }

/** The last line and the exit code of .ci/run for that outcome. */
function summary(results: object | null, check: number, tests: number, flows?: object) {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'vitest.json')
  if (results) writeFileSync(file, JSON.stringify(results))
  const flowsFile = join(folder, 'playwright.json')
  if (flows) writeFileSync(flowsFile, JSON.stringify({ stats: flows }))
  const child = spawnSync(process.execPath, [script, file, flowsFile, String(check), String(tests)], {
    encoding: 'utf8',
  })
  return [child.stdout.trim().split('\n').at(-1), child.status]
}

test('all well: the counts, and success', () => {
  const results = { numPassedTests: 12, numFailedTests: 0, testResults: [passing] }
  expect(summary(results, 0, 0)).toEqual(['12 passed, 0 failed', 0])
})

test('failed tests, and files that could not be loaded, are counted', () => {
  const broken = { status: 'failed', assertionResults: [] }
  const results = { numPassedTests: 12, numFailedTests: 2, testResults: [passing, broken] }
  expect(summary(results, 0, 1)).toEqual(['12 passed, 3 failed', 1])
})

test('a check that fails counts as one', () => {
  const results = { numPassedTests: 12, numFailedTests: 0, testResults: [passing] }
  expect(summary(results, 2, 0)).toEqual(['12 passed, 1 failed', 1])
})

test('tests that ended without results are a failure', () => {
  expect(summary(null, 0, 1)).toEqual(['0 passed, 1 failed', 1])
})

test('all tests passing is not enough when the test command failed', () => {
  const results = { numPassedTests: 12, numFailedTests: 0, testResults: [passing] }
  expect(summary(results, 0, 1)).toEqual(['12 passed, 1 failed', 1])
})

test('the flows through the window are counted too', () => {
  const results = { numPassedTests: 12, numFailedTests: 0, testResults: [passing] }
  expect(summary(results, 0, 0, { expected: 5, unexpected: 0 })).toEqual(['17 passed, 0 failed', 0])
  expect(summary(results, 0, 1, { expected: 3, unexpected: 2 })).toEqual(['15 passed, 2 failed', 1])
})
