import type * as z from 'zod'
import { apiRoutes } from '../../../core/server/api/index.ts'
import type { Studio } from '../../../core/server/studio.ts'

export type Part = 'param' | 'query' | 'json'

/** An address of the API, with the schemas by which the server checks what comes with a request. */
export interface Route {
  readonly method: string
  /** `/api/runs/:run` */
  readonly path: string
  readonly checks: Readonly<Partial<Record<Part, z.ZodType>>>
}

/** All routes, from the application itself: a new one is among them. */
export function contract(): readonly Route[] {
  const found = new Map<string, { method: string; path: string; checks: Partial<Record<Part, z.ZodType>> }>()
  // Nothing is asked of the studio before a request comes.
  for (const { method, path, handler } of apiRoutes({} as Studio).routes) {
    const key = `${method} ${path}`
    const route = found.get(key) ?? { method, path, checks: {} }
    found.set(key, route)
    if ('checks' in handler) {
      const { target, schema } = handler.checks as { target: Part; schema: z.ZodType }
      route.checks[target] = schema
    }
  }
  return [...found.values()].filter(({ method }) => method !== 'ALL')
}
