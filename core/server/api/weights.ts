import { basename, dirname, join } from 'node:path'
import { Hono } from 'hono'
import * as z from 'zod'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { KnownWeights } from './types.ts'
import type { Studio } from '../studio.ts'
import { id, valid } from './valid.ts'

const name = z.object({ name: z.string().min(1).max(100) })

const importing = z.strictObject({
  source: z.string().min(1).max(4096),
  /** How images are prepared, or a data set to try it on, where nothing else says it. */
  preprocessing: z.string().min(1).max(100).optional(),
  dataset: id('d').optional(),
})

/** Their descriptions, when somebody looks: a server starts without. */
const weights = () => import('../../jobs/weights/kept.ts')

/** Weights that others have trained: those that are here, and those that can be had. */
export const weightsRoutes = ({ home, queue, folders, texts }: Studio) =>
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
    /** A file of the machine that the server runs on, in a folder that the caller may use. */
    .post('/import', valid('json', importing), async (c) => {
      const { source, ...input } = c.req.valid('json')
      const { path: folder } = await folders.choose(dirname(source), c.var.caller)
      const job = await queue.add('importWeights', { ...input, source: join(folder, basename(source)) })
      return c.json({ job: shown(job, texts) }, 202)
    })
    .post('/:name/get', valid('param', name), async (c) =>
      c.json({ job: shown(await queue.add('getWeights', c.req.valid('param')), texts) }, 202),
    )
    .delete('/:name', valid('param', name), async (c) =>
      c.json(await (await weights()).removeWeights(home, c.req.valid('param').name)),
    )
