import { Hono } from 'hono'
import * as z from 'zod'
import { listWeights, removeWeights } from '../../jobs/weights.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { valid } from './valid.ts'

const name = z.object({ name: z.string().min(1).max(100) })

/** Weights that others have trained: those that are here, and those that can be had. */
export const weightsRoutes = ({ home, queue }: Studio) =>
  new Hono<Env>()
    .get('/', async (c) => c.json(await listWeights(home)))
    .post('/:name/get', valid('param', name), async (c) =>
      c.json({ job: await queue.add('getWeights', c.req.valid('param')) }, 202),
    )
    .delete('/:name', valid('param', name), async (c) =>
      c.json(await removeWeights(home, c.req.valid('param').name)),
    )
