import type { ContentfulStatusCode } from 'hono/utils/http-status'

const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  'no-session': 401,
  'too-many-attempts': 429,
  'wrong-host': 403,
  'wrong-origin': 403,
  forbidden: 403,
  outside: 403,
  'not-found': 404,
  'no-checkpoint': 404,
  'unknown-slice': 404,
  'not-done': 409,
  'not-running': 409,
  'not-paused': 409,
  'plan-busy': 409,
  'run-busy': 409,
  'run-completed': 409,
  completed: 409,
  'name-taken': 409,
  'too-late': 410,
  'too-large': 413,
  'home-read-only': 403,
  'disk-read-only': 403,
  'disk-failed': 500,
  'disk-full': 507,
  unexpected: 500,
  'helper-died': 503,
  closing: 503,
  'not-built': 503,
  'registry-locked': 503,
  'not-available': 501,
}

/** Most errors are about what was asked for. */
export function httpStatusOf(code: string): ContentfulStatusCode {
  return statuses[code] ?? 400
}
