import { getCookie } from 'hono/cookie'
import type { Context } from 'hono'
import { StudioError } from '../../base/errors.ts'
import type { Attempts } from './attempts.ts'
import { isSession, sameSecret } from './secrets.ts'
import type { Caller, Env } from './types.ts'
import { createMiddleware } from 'hono/factory'

/** How a request came in, and what it must look like then. */
export interface AccessRules {
  readonly kind: 'socket' | 'browser'
  /** What `Host` may be. */
  readonly hosts: readonly string[]
  /** What `Origin` may be, where there is one. */
  readonly origins: readonly string[]
  readonly cookie: string
  /** Whether requests come encrypted: then cookies come so only. */
  readonly secure: boolean
}

export interface Keys {
  readonly attempts: Attempts
  /** Token of programs: the command line and Electron's main process. */
  readonly token: string
  /** Signs browser sessions. */
  readonly session: string
}

/** Marks what Electron's main process passes on for a window; the command line does not send it. */
const windowHeader = 'studio-window'
/** The host that requests over the socket name. */
export const socketHost = 'vgg-studio'
const appOrigin = 'app://vgg-studio'

export const socketRules: AccessRules = {
  kind: 'socket',
  hosts: [socketHost],
  origins: [appOrigin],
  cookie: '',
  secure: false,
}

/**
 * Port by port, since cookies know no ports.
 * @param names that a certificate is for, where there is one; null: this machine's own, without TLS
 */
export function browserRules(port: number, names: readonly string[] | null = null): AccessRules {
  const [scheme, usual] = names === null ? ['http', 80] : ['https', 443]
  const ending = port === usual ? '' : `:${port}`
  const hosts = (names ?? ['127.0.0.1', 'localhost']).map((name) => `${name}${ending}`)
  return {
    ...{ kind: 'browser', hosts, cookie: `vgg-studio-${port}`, secure: names !== null },
    origins: hosts.map((host) => `${scheme}://${host}`),
  }
}

/**
 * Refuses other hosts (DNS rebinding) and requests that other pages make (cross-site request forgery).
 * @throws StudioError `wrong-host`, `wrong-origin`
 */
export function checkSource(c: Context, rules: AccessRules): void {
  const host = c.req.header('host') ?? ''
  if (!rules.hosts.includes(host)) {
    throw new StudioError('wrong-host', { host: host.slice(0, 100), own: rules.hosts[0]! })
  }
  const origin = c.req.header('origin')
  if (origin !== undefined && !rules.origins.includes(origin)) throw wrongOrigin(origin)
  // Browsers say where a request comes from; another port of this machine is the same site, but not the same origin.
  const site = c.req.header('sec-fetch-site')
  const navigates = c.req.header('sec-fetch-mode') === 'navigate' && c.req.method === 'GET'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigates) throw wrongOrigin(site)
}

/**
 * The caller of a request: by its token, or in a browser by its session.
 * @throws StudioError `no-session`, `wrong-origin`, `too-many-attempts`
 */
export function identify(c: Context, rules: AccessRules, keys: Keys): Caller {
  const authorization = c.req.header('authorization')
  if (authorization !== undefined) {
    keys.attempts.attempt(authorization, () => {
      if (!sameSecret(authorization, `Bearer ${keys.token}`)) throw noSession()
    })
    const window = c.req.header(windowHeader) !== undefined
    return { role: window ? 'window' : 'owner', shell: window ? 'electron' : 'browser' }
  }
  const session = rules.cookie === '' ? undefined : getCookie(c, rules.cookie)
  if (session === undefined) throw noSession()
  keys.attempts.attempt(session, () => {
    if (!isSession(keys.session, session)) throw noSession()
  })
  const safe = c.req.method === 'GET' || c.req.method === 'HEAD'
  // Browsers always say it when a page changes something.
  if (!safe && c.req.header('origin') === undefined) throw wrongOrigin('nowhere')
  return { role: 'window', shell: 'browser' }
}

function wrongOrigin(origin: string): StudioError {
  return new StudioError('wrong-origin', { origin: origin.slice(0, 100) })
}

function noSession(): StudioError {
  return new StudioError('no-session', { what: 'ended' })
}

/** Refuses what web content must not do, whatever session it has. */
export const ownerOnly = createMiddleware<Env>(async (c, next) => {
  if (c.var.caller.role !== 'owner') throw new StudioError('forbidden', {})
  await next()
})
