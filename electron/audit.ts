import { fileURLToPath } from 'node:url'
import { advisoriesOf, judge, type Exception } from './packaging/audit.ts'

/**
 * `npm run audit`: prints each vulnerability that npm's registry knows of in the packages that are released, but for those
 * that were reviewed, and ends with 1 where there is one, or an exception that nothing needs any more; with 2 where the
 * registry can't be asked.
 */

/** Reviewed: each with the reason why it does not concern the application. */
const exceptions: readonly Exception[] = []

const root = fileURLToPath(new URL('..', import.meta.url))
const today = new Date().toISOString().slice(0, 10)
try {
  const advisories = advisoriesOf(root)
  const { open, unused } = judge(advisories, exceptions, today)
  for (const { id, package: name, severity, title, url } of open)
    console.log(`${name}: ${severity}: ${title} (${id}, ${url})`)
  for (const { id } of unused) console.log(`${id}: nothing needs this exception any more`)
  console.log(`${advisories.length} advisories, ${advisories.length - open.length} of them reviewed`)
  process.exitCode = open.length + unused.length === 0 ? 0 : 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
