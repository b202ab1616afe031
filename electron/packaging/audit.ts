import { spawnSync } from 'node:child_process'

/** A published vulnerability of a package that is released. */
export interface Advisory {
  /** `GHSA-…` */
  readonly id: string
  readonly package: string
  readonly title: string
  readonly severity: string
  readonly url: string
}

/** An advisory that was read, and does not concern what is released. */
export interface Exception {
  /** `GHSA-…` */
  readonly id: string
  /** Why it does not. */
  readonly reason: string
  /** The day from which it has to be read again, YYYY-MM-DD. */
  readonly until: string
}

export interface Audit {
  /** What has to be mended or read: advisories without an exception, or with one whose day has come. */
  readonly open: readonly Advisory[]
  /** Exceptions that nothing needs any more. */
  readonly unused: readonly Exception[]
}

/** @param today YYYY-MM-DD */
export function judge(
  advisories: readonly Advisory[],
  exceptions: readonly Exception[],
  today: string,
): Audit {
  const valid = new Set(exceptions.filter(({ until }) => today < until).map(({ id }) => id))
  const found = new Set(advisories.map(({ id }) => id))
  return {
    open: advisories.filter(({ id }) => !valid.has(id)),
    unused: exceptions.filter(({ id }) => !found.has(id)),
  }
}

/** As `npm audit --json` writes it; advisories are objects among the causes, names are packages that have them. */
interface Report {
  readonly error?: { readonly summary?: string }
  readonly message?: string
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Cause)[] }>>
}
interface Cause {
  readonly name: string
  readonly title: string
  readonly url: string
  readonly severity: string
}

/**
 * Asks npm's registry what is known of the packages that the lock file has outside of development.
 *
 * @param root folder of package.json and package-lock.json
 * @throws Error where it can't be asked
 */
export function advisoriesOf(
  root: string,
  environment: NodeJS.ProcessEnv = process.env,
): readonly Advisory[] {
  const { stdout, stderr, error } = spawnSync(
    'npm',
    ['audit', '--json', '--omit=dev', '--package-lock-only'],
    {
      cwd: root,
      env: environment,
      encoding: 'utf8',
      maxBuffer: 100e6,
      shell: process.platform === 'win32',
    },
  )
  if (error) throw error
  const { vulnerabilities, message, error: refused } = JSON.parse(stdout || '{}') as Report
  // npm ends with 1 where it found something, too.
  if (vulnerabilities === undefined)
    throw new Error(`npm audit failed: ${message ?? refused?.summary ?? stderr}`)
  const causes = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((cause) => typeof cause !== 'string'),
  )
  const advisories = causes.map(({ name, title, url, severity }) => ({
    ...{ id: url.slice(url.lastIndexOf('/') + 1), package: name },
    ...{ title, severity, url },
  }))
  return [...new Map(advisories.map((one) => [`${one.id} ${one.package}`, one])).values()]
}
