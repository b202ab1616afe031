import { Hono } from 'hono'
import * as z from 'zod'
import { saying } from '../../base/issues.ts'
import { jobInput, jobKinds } from '../../jobs/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { ownerOnly } from '../access/check.ts'
import { startsOf } from '../queue/starts.ts'
import { jobLines } from './lines.ts'
import { valid } from './valid.ts'

const jobId = z.object({
  job: z.string().regex(/^j[1-9][0-9]{0,14}$/, saying({ code: 'must-be-job-id', values: {} })),
})

/** A job from the command line, whose paths and names are the person's own. */
const handedOver = z.strictObject({ kind: z.enum(jobKinds), input: z.record(z.string(), z.unknown()) })

export const jobRoutes = ({ queue, expected, texts }: Studio) =>
  new Hono<Env>()
    /** The waiting ones in their order, then the running ones, then the latest that ended. */
    .get('/', (c) => c.json({ jobs: shown(queue.list(), texts) }))
    .post('/', ownerOnly, valid('json', handedOver), async (c) => {
      const { kind, input } = c.req.valid('json')
      return c.json({ job: shown(await queue.add(kind, jobInput(kind, input)), texts) }, 202)
    })
    .put('/order', valid('json', z.strictObject({ order: z.array(z.string()).max(1000) })), (c) =>
      c.json({ order: queue.reorder(c.req.valid('json').order) }),
    )
    /** Seconds until each of those that wait starts; null where that cannot be told. */
    .get('/starts', async (c) => {
      const starts = await startsOf(queue.list(), (job) => expected.secondsOf(job, queue.input(job.id)))
      return c.json({ starts })
    })
    .get('/:job', valid('param', jobId), (c) =>
      c.json({ job: shown(queue.get(c.req.valid('param').job), texts) }),
    )
    /** Its full result, as the command line prints it; while it isn't done, 409. */
    .get('/:job/result', valid('param', jobId), (c) =>
      c.json({ result: queue.result(c.req.valid('param').job) }),
    )
    /** What it says, one JSON object a line, until it ends: `{event}` …, then `{result}` or `{error}`. */
    .get('/:job/events', ownerOnly, valid('param', jobId), (c) => {
      const { job } = c.req.valid('param')
      queue.get(job)
      return new Response(jobLines(queue, job, c.req.raw.signal), {
        headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
      })
    })
    .post('/:job/pause', valid('param', jobId), (c) =>
      c.json({ job: shown(queue.pause(c.req.valid('param').job), texts) }),
    )
    .post('/:job/resume', valid('param', jobId), (c) =>
      c.json({ job: shown(queue.resume(c.req.valid('param').job), texts) }),
    )
    /** Ends the trials before a training: what the machine has shown decides where it computes. */
    .post('/:job/skip', valid('param', jobId), (c) =>
      c.json({ job: shown(queue.skip(c.req.valid('param').job), texts) }),
    )
    /** Training saves and stops; other jobs are canceled; a waiting one is taken from the queue. */
    .post('/:job/cancel', valid('param', jobId), (c) =>
      c.json({ job: shown(queue.cancel(c.req.valid('param').job), texts) }),
    )
    /** Does once more what did not come to its end. */
    .post('/:job/again', valid('param', jobId), async (c) =>
      c.json({ job: shown(await queue.again(c.req.valid('param').job), texts) }, 202),
    )
    /** Forgets a job that has ended. */
    .delete('/:job', valid('param', jobId), (c) => {
      queue.dismiss(c.req.valid('param').job)
      return c.json({ removed: c.req.valid('param').job })
    })
