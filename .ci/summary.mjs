// node summary.mjs RESULTS FLOWS CHECK TESTS: the last line of .ci/run and its exit code. RESULTS and FLOWS are what the
// JSON reporters of vitest and Playwright wrote; CHECK and TESTS are the exit codes of `npm run check` and `npm test`.
import { readFileSync } from 'node:fs'

const [file, flowsFile, check, tests] = process.argv.slice(2)

function read(path, otherwise) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return otherwise
  }
}

const none = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
const { numPassedTests, numFailedTests, testResults } = read(file, none)
// Playwright does not start where vitest failed: then there is nothing to count.
const flows = read(flowsFile, { stats: { expected: 0, unexpected: 0 } }).stats
// A file that could not even be loaded has no tests of its own to fail.
const broken = testResults.filter(
  (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
).length
const testsFailed = numFailedTests + broken + flows.unexpected
// Whatever else made the tests end badly counts once, and so does the check.
const unexplained = Number(tests) !== 0 && testsFailed === 0 ? 1 : 0
const failed = testsFailed + unexplained + (Number(check) === 0 ? 0 : 1)
if (Number(check) !== 0) console.log('npm run check failed; it counts as one.')
console.log(`${numPassedTests + flows.expected} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
