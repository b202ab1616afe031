import { Hono } from 'hono'
import * as z from 'zod'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { KnownWeights } from './types.ts'
import type { Studio } from '../studio.ts'
import { valid } from './valid.ts'

const name = z.object({ name: z.string().min(1).max(100) })

/** Their descriptions, when somebody looks: a server starts without. */
const weights = () => import('../../jobs/weights/kept.ts')

/** Weights that others have trained: those that are here, and those that can be had. */
export const weightsRoutes = ({ home, queue, texts }: Studio) =>
  new Hono<Env>()
    .get('/', async (c) => {
      const { here, ...list } = await (await weights()).listWeights(home)
      const { featuresOf } = await import('../../network/architectures/index.ts')
      const known: readonly KnownWeights[] = here.map((entry) => ({
        ...entry,
        features: featuresOf(entry.network),
      }))
      return c.json(shown({ here: known, ...list }, texts))
    })
    .post('/:name/get', valid('param', name), async (c) =>
      c.json({ job: shown(await queue.add('getWeights', c.req.valid('param')), texts) }, 202),
    )
    .delete('/:name', valid('param', name), async (c) =>
      c.json(await (await weights()).removeWeights(home, c.req.valid('param').name)),
    )
