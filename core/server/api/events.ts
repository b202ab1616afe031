import { Hono } from 'hono'
import * as z from 'zod'
import type { Env } from '../access/types.ts'
import { eventStream } from '../events/stream.ts'
import type { Studio } from '../studio.ts'
import { valid } from './valid.ts'

/** Server-sent events; `after` (or the header Last-Event-ID) is the id of the last one that a window has seen. */
export const eventRoutes = ({ hub, version, texts }: Studio) =>
  new Hono<Env>().get('/', valid('query', z.object({ after: z.string().max(100).optional() })), (c) => {
    const after = c.req.valid('query').after ?? c.req.header('last-event-id')
    return new Response(eventStream(hub, { after, version, texts, signal: c.req.raw.signal }), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  })
