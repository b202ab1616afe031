import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const script = fileURLToPath(new URL('../../.ci/summary.mjs', import.meta.url))
const named = (status: string, count: number, name = '') =>
  Array.from({ length: count }, () => ({ status, fullName: name }))
const suite = (passed: number, failed = 0) => ({
  status: failed === 0 ? 'passed' : 'failed',
  assertionResults: [...named('passed', passed), ...named('failed', failed)],
})
const broken = { status: 'failed', assertionResults: [] }
const good = { testResults: [suite(12)] }

/** The last lines and the exit code of .ci/run for that outcome. */
function summary(
  results: object | null,
  check: number,
  tests: number,
  flows?: object,
  slow?: object,
  electron?: object,
) {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [file, flowsFile, slowFile, electronFile] = ['vitest', 'playwright', 'slow', 'electron'].map((name) =>
    join(folder, name),
  )
  if (results) writeFileSync(file!, JSON.stringify(results))
  if (flows) writeFileSync(flowsFile!, JSON.stringify(flows))
  if (slow) writeFileSync(slowFile!, JSON.stringify(slow))
  if (electron) writeFileSync(electronFile!, JSON.stringify(electron))
  const values = [check, tests, `${flowsFile},${electronFile}`, file, slowFile].map(String)
  const { stdout, status } = spawnSync(process.execPath, [script, ...values], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  const starting = (word: string) => lines.filter((line) => line.startsWith(word))
  return { last: lines.at(-1), status, skips: starting('skipped: '), failures: starting('failed: '), lines }
}

const outcome = (...given: Parameters<typeof summary>) => {
  const { last, status } = summary(...given)
  return [last, status]
}

test('all well: the counts, and success', () => {
  expect(outcome(good, 0, 0)).toEqual(['12 passed, 0 failed, 0 skipped', 0])
})

test('failed tests, and files that could not be loaded, are counted', () => {
  const results = { testResults: [suite(12, 2), broken] }
  expect(outcome(results, 0, 1)).toEqual(['12 passed, 3 failed, 0 skipped', 1])
})

test('a check that fails counts as one', () => {
  expect(outcome(good, 2, 0)).toEqual(['12 passed, 1 failed, 0 skipped', 1])
})

test('tests that ended without results are a failure', () => {
  expect(outcome(null, 0, 1)).toEqual(['0 passed, 1 failed, 0 skipped', 1])
})

test('all tests passing is not enough when the test command failed', () => {
  expect(outcome(good, 0, 1)).toEqual(['12 passed, 1 failed, 0 skipped', 1])
})

test('the flows through the window and the slow tests are counted too', () => {
  const flows = (expected: number, unexpected: number) => ({ suites: [], stats: { expected, unexpected } })
  expect(outcome(good, 0, 0, flows(5, 0))).toEqual(['17 passed, 0 failed, 0 skipped', 0])
  expect(outcome(good, 0, 1, flows(5, 0), undefined, flows(7, 1))).toEqual([
    '24 passed, 1 failed, 0 skipped',
    1,
  ])
  expect(outcome(good, 0, 1, flows(3, 2))).toEqual(['15 passed, 2 failed, 0 skipped', 1])
  expect(outcome(good, 0, 1, flows(5, 0), { testResults: [suite(3, 1)] })).toEqual([
    '20 passed, 1 failed, 0 skipped',
    1,
  ])
})

test('what is skipped is counted, and its reason said', () => {
  const skipped = named('skipped', 1, 'towers two train as one (skipped: it is not installed)')
  const results = { testResults: [suite(12), { status: 'passed', assertionResults: skipped }] }
  expect(outcome(results, 0, 0)).toEqual(['12 passed, 0 failed, 1 skipped', 0])
  expect(summary(results, 0, 0).skips).toEqual(['skipped: towers two train as one: it is not installed'])
  const nameless = { testResults: [{ status: 'passed', assertionResults: named('pending', 1, 'a test') }] }
  expect(summary(nameless, 0, 0).skips).toEqual(['skipped: a test: it says no reason'])
})

test('skipped flows are counted with Playwright’s reason', () => {
  const annotations = [{ type: 'skip', description: 'Electron is not installed.' }]
  const spec = {
    title: 'opens',
    tests: [{ status: 'skipped', projectName: 'electron', annotations }],
  }
  const suites = [{ title: 'flow.spec.ts', suites: [{ title: 'the window', specs: [spec] }] }]
  const flows = { suites, stats: { expected: 2, unexpected: 0, skipped: 1 } }
  expect(outcome(good, 0, 0, flows)).toEqual(['14 passed, 0 failed, 1 skipped', 0])
  expect(summary(good, 0, 0, flows).skips).toEqual([
    'skipped: electron: the window: opens: Electron is not installed.',
  ])
})

test('whatever test can be skipped says why in its name', () => {
  const files = globSync('test/**/*.{test,slow}.ts').filter((file) => !file.startsWith('test/house'))
  const able = files.filter((file) => /\.(skipIf|runIf|skip)\(/.test(readFileSync(file, 'utf8')))
  expect(able.length).toBeGreaterThan(10)
  const silent = able.filter((file) => !/\(skipped: |from '[./]*unless\.ts'/.test(readFileSync(file, 'utf8')))
  expect(silent).toEqual([])
})

test('each failure is named with the first line of its reason, right before the counts', () => {
  const results = {
    testResults: [
      {
        status: 'failed',
        assertionResults: [
          {
            status: 'failed',
            fullName: 'counts images',
            failureMessages: ['expected 2 to be 3\n  at x.ts:1'],
          },
        ],
      },
      { ...broken, name: 'broken.test.ts', message: 'Cannot find module' },
    ],
  }
  const spec = {
    title: 'imports a folder',
    tests: [
      {
        status: 'unexpected',
        projectName: 'browser',
        annotations: [],
        results: [{ error: { message: 'Timeout\nlog' } }],
      },
    ],
  }
  const flows = { suites: [{ title: 'flow.spec.ts', specs: [spec] }], stats: { expected: 0, unexpected: 1 } }
  const { failures, lines } = summary(results, 0, 1, flows)
  expect(failures).toEqual([
    'failed: counts images: expected 2 to be 3',
    'failed: broken.test.ts: Cannot find module',
    'failed: browser: flow.spec.ts: imports a folder: Timeout',
  ])
  expect(lines.slice(-4, -1)).toEqual(failures)
})

test('a command that failed without a failed test is said', () => {
  expect(summary(good, 0, 1).lines).toContainEqual(expect.stringContaining('none of its tests did'))
})
