import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { reportOf, StudioError } from '../base/errors.ts'
import { checkSource, identify, type AccessRules, type Keys } from './access/check.ts'
import type { LinkKeys } from './access/links.ts'
import { newSession, sessionSeconds } from './access/secrets.ts'
import type { Env } from './access/types.ts'
import { apiRoutes } from './api/index.ts'
import { limitBody } from './access/limit.ts'
import type { ErrorBody } from './api/types.ts'
import { landingPage, refusalPage } from './pages/landing.ts'
import { securityHeaders } from './pages/policy.ts'
import { rendererFile } from './pages/renderer.ts'
import { httpStatusOf } from './status.ts'
import type { Studio } from './studio.ts'

export interface AppOptions {
  readonly studio: Studio
  readonly keys: Keys
  readonly links: LinkKeys
  /** The built renderer. */
  readonly renderer: string
  /** Told of errors that nobody foresaw. */
  readonly onError?: (error: unknown) => void
}

/** All that answers at one door: the API, and for browsers the way in and the renderer's files. */
export function openApp(rules: AccessRules, { studio, keys, links, renderer, onError }: AppOptions) {
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    checkSource(c, rules)
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value)
  })
  app.onError((error, c) => {
    const report = reportOf(error instanceof HTTPException ? malformed(error) : error, studio.texts)
    if (report.code === 'unexpected') onError?.(error)
    const status = httpStatusOf(report.code)
    const page = c.req.header('accept')?.includes('text/html') && !c.req.path.startsWith('/api/')
    return page
      ? c.html(refusalPage(report.message, report.hint, studio.machine.settings().theme), status)
      : c.json<ErrorBody>({ error: report }, status)
  })
  app.notFound((c) => {
    const missing = new StudioError('not-found', { what: 'address', path: c.req.path })
    return c.json<ErrorBody>({ error: reportOf(missing, studio.texts) }, 404)
  })
  if (rules.kind === 'browser') {
    app.get('/enter', (c) => {
      const key = c.req.query('key') ?? ''
      if (c.req.method === 'HEAD') throw usedLink()
      keys.attempts.attempt(key, () => {
        if (!links.use(key)) throw usedLink()
      })
      setCookie(c, rules.cookie, newSession(keys.session), {
        httpOnly: true,
        sameSite: 'Strict',
        secure: rules.secure,
        path: '/',
        maxAge: sessionSeconds,
      })
      c.header('cache-control', 'no-store')
      return c.html(landingPage(studio.machine.settings().theme))
    })
  }
  app.use(async (c, next) => {
    c.set('caller', identify(c, rules, keys))
    await next()
  })
  app.use('/api/*', limitBody)
  app.route('/', apiRoutes(studio))
  app.get('*', (c) => {
    if (c.req.path.startsWith('/api/')) return c.notFound()
    return rendererFile(renderer, c.req.path, studio.machine.settings().theme)
  })
  return app
}

/** Hono's own refusals: of bodies that are no JSON. */
function malformed({ message: detail }: HTTPException): StudioError {
  return new StudioError('invalid-request', { what: 'body', detail })
}

function usedLink(): StudioError {
  return new StudioError('no-session', { what: 'used-link' })
}
