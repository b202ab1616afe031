import { createMiddleware } from 'hono/factory'
import { StudioError } from '../../base/errors.ts'
import type { Env } from './types.ts'

/** For what web content must not do, whatever session it has. */
export const ownerOnly = createMiddleware<Env>(async (c, next) => {
  if (c.var.caller.role !== 'owner') throw new StudioError('forbidden', {})
  await next()
})
