import { Hono } from 'hono'
import * as z from 'zod'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { id, valid } from './valid.ts'

const planned = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('chain') }),
  z.strictObject({
    kind: z.literal('sweep'),
    varied: z
      .array(
        z.strictObject({
          setting: z.string().min(1).max(100),
          values: z.array(z.string().min(1).max(200)).min(1).max(50),
        }),
      )
      .min(1)
      .max(8),
    most: z.int().min(1).max(500),
    halving: z.strictObject({ factor: z.int().min(2).max(10), first: z.int().min(1) }).nullable(),
  }),
])
const asked = z.strictObject({ dataset: id('d'), recipe: z.record(z.string(), z.unknown()), planned })
const named = asked.extend({ name: z.string().trim().min(1).max(100).optional() })
const planId = z.object({ plan: id('p') })

/** Several trainings as one: the paper's stages, or a sweep over settings. */
export const planRoutes = ({ plans, texts }: Studio) =>
  new Hono<Env>()
    /** What the runs would be, and cost. */
    .post('/check', valid('json', asked), async (c) => c.json(await plans.check(c.req.valid('json'))))
    .post('/', valid('json', named), async (c) =>
      c.json({ job: shown(await plans.start(c.req.valid('json')), texts) }, 202),
    )
    /** The newest first. */
    .get('/', (c) => c.json({ plans: plans.list() }))
    .get('/:plan', valid('param', planId), (c) => c.json(plans.view(c.req.valid('param').plan)))
    /** Forgets a plan; its runs stay. */
    .delete('/:plan', valid('param', planId), (c) => c.json(plans.remove(c.req.valid('param').plan)))
    .post('/:plan/restore', valid('param', planId), (c) => c.json(plans.restore(c.req.valid('param').plan)))
    .post('/:plan/resume', valid('param', planId), async (c) =>
      c.json({ job: shown(await plans.resume(c.req.valid('param').plan), texts) }, 202),
    )
