import { Hono } from 'hono'
import * as z from 'zod'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { id, valid } from './valid.ts'

const staged = z.strictObject({ dataset: id('d'), recipe: z.record(z.string(), z.unknown()) })
const named = staged.extend({ name: z.string().trim().min(1).max(100).optional() })
const planId = z.object({ plan: id('p') })

/** Trainings that follow from one another, as one thing. */
export const planRoutes = ({ plans, texts }: Studio) =>
  new Hono<Env>()
    /** What the paper's staged training of a recipe would be, and cost. */
    .post('/check', valid('json', staged), async (c) => c.json(await plans.check(c.req.valid('json'))))
    .post('/', valid('json', named), async (c) =>
      c.json({ job: shown(await plans.start(c.req.valid('json')), texts) }, 202),
    )
    .get('/:plan', valid('param', planId), (c) => c.json(plans.view(c.req.valid('param').plan)))
    .post('/:plan/resume', valid('param', planId), async (c) =>
      c.json({ job: shown(await plans.resume(c.req.valid('param').plan), texts) }, 202),
    )
