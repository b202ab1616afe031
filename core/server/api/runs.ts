import { Hono } from 'hono'
import * as z from 'zod'
import { runStatuses } from '../../registry/types.ts'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { runOrders } from '../runs/types.ts'
import { flag, id, number, paging, runId, valid } from './valid.ts'

const partialRecipe = z.record(z.string(), z.unknown())

const runQuery = z.object({
  ...paging,
  search: z.string().max(200).optional(),
  status: z.enum(runStatuses).optional(),
  tag: z.string().max(100).optional(),
  dataset: id('d').optional(),
  archived: flag.optional(),
  /** With the latest results on test images. */
  tested: flag.optional(),
  sort: z.enum(runOrders).optional(),
  direction: z.enum(['ascending', 'descending']).optional(),
})

const changes = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    notes: z.string().max(20_000),
    tags: z.array(z.string().trim().min(1).max(50)).max(50),
    archived: z.boolean(),
  })
  .partial()

const newRun = z.strictObject({
  dataset: id('d'),
  name: z.string().trim().min(1).max(100).optional(),
  /** Any part of a recipe; initialization.from names the run to start from. */
  recipe: partialRecipe,
  skipTrials: z.boolean().optional(),
})

const again = z.strictObject({
  dataset: id('d').optional(),
  name: z.string().trim().min(1).max(100).optional(),
  /** The part of its recipe that is to be another. */
  changes: partialRecipe,
  skipTrials: z.boolean().optional(),
})

const points = number(10, 20_000).optional()

export const runRoutes = ({ runs, queue, machine, texts }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', runQuery), (c) => c.json(runs.list(c.req.valid('query'))))
    .post('/', valid('json', newRun), async (c) =>
      c.json({ job: shown(await queue.add('train', await runs.training(c.req.valid('json'))), texts) }, 202),
    )
    /** Takes in the runs whose files are there, and whose rows are lost. */
    .post('/recover', async (c) => c.json(await runs.recover()))
    .get('/:run', valid('param', z.object(runId)), async (c) =>
      c.json(await runs.view(c.req.valid('param').run)),
    )
    .patch('/:run', valid('param', z.object(runId)), valid('json', changes), async (c) =>
      c.json(await runs.update(c.req.valid('param').run, c.req.valid('json'))),
    )
    .delete('/:run', valid('param', z.object(runId)), async (c) =>
      c.json(await runs.remove(c.req.valid('param').run)),
    )
    .post('/:run/restore', valid('param', z.object(runId)), async (c) =>
      c.json(await runs.restore(c.req.valid('param').run)),
    )
    .get('/:run/epochs', valid('param', z.object(runId)), valid('query', z.object({ points })), (c) =>
      c.json(runs.epochs(c.req.valid('param').run, c.req.valid('query').points ?? 1000)),
    )
    .get(
      '/:run/steps',
      valid('param', z.object(runId)),
      valid('query', z.object({ points, from: number(0, 1e12).optional(), to: number(0, 1e12).optional() })),
      async (c) => c.json(await runs.steps(c.req.valid('param').run, c.req.valid('query'))),
    )
    .get(
      '/:run/log',
      valid('param', z.object(runId)),
      valid('query', z.object({ after: number(-1, 1e9).optional(), limit: number(1, 5000).optional() })),
      async (c) =>
        c.json(await runs.log(c.req.valid('param').run, c.req.valid('query'), machine.settings().metric)),
    )
    .get(
      '/:run/batch',
      valid('param', z.object(runId)),
      valid('query', z.object({ count: number(1, 64).optional() })),
      async (c) => c.json(await runs.lastBatch(c.req.valid('param').run, c.req.valid('query').count ?? 16)),
    )
    .post('/:run/resume', valid('param', z.object(runId)), async (c) =>
      c.json({ job: shown(await queue.add('resume', { run: c.req.valid('param').run }), texts) }, 202),
    )
    /** A new run like this one, with changes. */
    .post('/:run/again', valid('param', z.object(runId)), valid('json', again), async (c) => {
      const input = await runs.again(c.req.valid('param').run, c.req.valid('json'))
      return c.json({ job: shown(await queue.add('train', input), texts) }, 202)
    })
    .post('/:run/pause', valid('param', z.object(runId)), (c) =>
      c.json({ job: shown(queue.pause(runs.jobOf(c.req.valid('param').run).id), texts) }),
    )
    .post('/:run/continue', valid('param', z.object(runId)), (c) =>
      c.json({ job: shown(queue.resume(runs.jobOf(c.req.valid('param').run).id), texts) }),
    )
    .post('/:run/stop', valid('param', z.object(runId)), (c) =>
      c.json({ job: shown(queue.cancel(runs.jobOf(c.req.valid('param').run).id), texts) }),
    )
