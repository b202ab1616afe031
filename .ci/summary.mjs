// node summary.mjs CHECK TESTS FLOWS RESULTS…: the last lines of .ci/run and its exit code. CHECK and TESTS are the exit
// codes of `npm run check` and of the tests; FLOWS names what Playwright's JSON reporter wrote, files between commas,
// RESULTS what vitest's did.
import { readFileSync } from 'node:fs'

const [check, tests, flowsFile, ...files] = process.argv.slice(2)

function read(path, otherwise) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return otherwise
  }
}

/** Names of vitest's skipped tests say why: “… (skipped: reason)”. */
function ofVitest(file) {
  const { testResults } = read(file, { testResults: [] })
  const all = testResults.flatMap((suite) => suite.assertionResults)
  const count = (status) => all.filter((test) => test.status === status).length
  // A file that could not even be loaded has no tests of its own to fail.
  const broken = testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  ).length
  const skips = all
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => {
      const [, name, reason] = /^(.*?) ?\(skipped: (.*?)\)/s.exec(fullName) ?? [null, fullName, null]
      return { name, reason }
    })
  return { passed: count('passed'), failed: count('failed') + broken, skips }
}

/** Playwright does not start where vitest failed: then there is nothing to count. */
function ofPlaywright(file) {
  const { suites, stats } = read(file, { suites: [], stats: { expected: 0, unexpected: 0 } })
  const skips = []
  const visit = ({ title, specs = [], suites: inner = [] }) => {
    for (const spec of specs) {
      for (const { status, projectName, annotations } of spec.tests) {
        if (status !== 'skipped') continue
        const reason = annotations.find(({ type }) => type === 'skip')?.description ?? null
        skips.push({ name: `${projectName}: ${title}: ${spec.title}`, reason })
      }
    }
    inner.forEach(visit)
  }
  suites.forEach(visit)
  return { passed: stats.expected + (stats.flaky ?? 0), failed: stats.unexpected, skips }
}

const counts = [...files.map(ofVitest), ...flowsFile.split(',').map(ofPlaywright)]
const sum = (key) => counts.reduce((total, count) => total + count[key], 0)
const skips = counts.flatMap((count) => count.skips)
// Whatever else made the tests end badly counts once, and so does the check.
const unexplained = Number(tests) !== 0 && sum('failed') === 0 ? 1 : 0
const failed = sum('failed') + unexplained + (Number(check) === 0 ? 0 : 1)
if (Number(check) !== 0) console.log('npm run check failed; it counts as one.')
for (const { name, reason } of skips) console.log(`skipped: ${name}: ${reason ?? 'it says no reason'}`)
console.log(`${sum('passed')} passed, ${failed} failed, ${skips.length} skipped`)
process.exitCode = failed === 0 ? 0 : 1
