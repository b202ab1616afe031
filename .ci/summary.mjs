// node summary.mjs CHECK TESTS FLOWS RESULTS…: the last lines of .ci/run and its exit code. CHECK and TESTS are the exit
// codes of `npm run check` and of the tests; FLOWS names what Playwright's JSON reporter wrote, files between commas,
// RESULTS what vitest's did. Failures are named last, since only the end of a long log is kept.
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const [check, tests, flowsFile, ...files] = process.argv.slice(2)

function read(path, otherwise) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return otherwise
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return `${path} cannot be read.`
  }
}

const firstLine = (text) =>
  String(text ?? 'it says no reason')
    .trim()
    .split('\n')[0]

/** Names of vitest's skipped tests say why: “… (skipped: reason)”. */
function ofVitest(file) {
  const { testResults } = read(file, { testResults: [] })
  const all = testResults.flatMap((suite) => suite.assertionResults)
  const count = (status) => all.filter((test) => test.status === status).length
  // A file that could not even be loaded has no tests of its own to fail.
  const broken = testResults
    .filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0)
    .map(({ name, message }) => ({ name, reason: firstLine(message) }))
  const failures = all
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ name: fullName, reason: firstLine(failureMessages?.[0]) }))
  const skips = all
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => {
      const [, name, reason] = /^(.*?) ?\(skipped: (.*?)\)/s.exec(fullName) ?? [null, fullName, null]
      return { name, reason }
    })
  return {
    passed: count('passed'),
    failed: failures.length + broken.length,
    failures: [...failures, ...broken],
    skips,
  }
}

/** Playwright does not start where vitest failed: then there is nothing to count. */
function ofPlaywright(file) {
  const { suites, stats } = read(file, { suites: [], stats: { expected: 0, unexpected: 0 } })
  const skips = []
  const failures = []
  const visit = ({ title, specs = [], suites: inner = [] }) => {
    for (const spec of specs) {
      for (const { status, projectName, annotations, results } of spec.tests) {
        const name = `${projectName}: ${title}: ${spec.title}`
        if (status === 'unexpected') {
          const { error } = results?.findLast((result) => result.error !== undefined) ?? {}
          failures.push({ name, reason: firstLine(error?.message) })
        }
        if (status !== 'skipped') continue
        const reason = annotations.find(({ type }) => type === 'skip')?.description ?? null
        skips.push({ name, reason })
      }
    }
    inner.forEach(visit)
  }
  suites.forEach(visit)
  return { passed: stats.expected + (stats.flaky ?? 0), failed: stats.unexpected, failures, skips }
}

const counts = [...files.map(ofVitest), ...flowsFile.split(',').map(ofPlaywright)]
const sum = (key) => counts.reduce((total, count) => total + count[key], 0)
const skips = counts.flatMap((count) => count.skips)
const failures = counts.flatMap((count) => count.failures)
// Whatever else made the tests end badly counts once, and so does the check.
const unexplained = Number(tests) !== 0 && sum('failed') === 0 ? 1 : 0
const failed = sum('failed') + unexplained + (Number(check) === 0 ? 0 : 1)
for (const { name, reason } of skips) console.log(`skipped: ${name}: ${reason ?? 'it says no reason'}`)
if (Number(check) !== 0) console.log('npm run check failed; it counts as one.')
if (unexplained !== 0) {
  console.log(
    'A test command failed, but none of its tests did; it counts as one. The end of what `npm test` printed:',
  )
  // What a terminal shows as colors and cursor moves is no text.
  const lines = stripVTControlCharacters(readText('test-results/test.log')).split('\n')
  const from = lines.findLastIndex((line) => line.includes('Unhandled Error'))
  console.log((from < 0 ? lines.slice(-30) : lines.slice(from, from + 60)).join('\n'))
}
for (const { name, reason } of failures) console.log(`failed: ${name}: ${reason}`)
console.log(`${sum('passed')} passed, ${failed} failed, ${skips.length} skipped`)
process.exitCode = failed === 0 ? 0 : 1
