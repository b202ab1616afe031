import { Hono } from 'hono'
import * as z from 'zod'
import { csvText } from '../../base/csv.ts'
import { saying } from '../../base/issues.ts'
import { sliceKinds, sliceProperties, splitSources } from '../../evaluation/statistics/slices.ts'
import { suspectLines } from '../../jobs/statistics/suspects.ts'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { attachment } from './files.ts'
import { id, runId, valid } from './valid.ts'

const evaluationId = z.object({ evaluation: id('e') })
const list = (letter: string, least: number) =>
  z
    .string()
    .regex(
      new RegExp(`^${letter}\\d+(,${letter}\\d+){${least - 1},5}$`),
      saying({ code: 'must-be-ids', values: { what: 'ids', least, most: 6 } }),
    )
    .transform((text) => text.split(','))

const labels = z
  .string()
  .regex(
    /^\d{1,6}(,\d{1,6}){0,7}$/,
    saying({ code: 'must-be-ids', values: { what: 'classes', least: 1, most: 8 } }),
  )
  .transform((text) => text.split(',').map(Number))

const name = z.string().trim().min(1).max(100)
const bound = z.number().nullable()
const definition = z.discriminatedUnion('by', [
  z.strictObject({ by: z.enum(sliceProperties), low: bound, high: bound }),
  z.strictObject({ by: z.literal('class'), class: z.string().min(1).max(1000) }),
  z.strictObject({ by: z.literal('split-source'), source: z.enum(splitSources) }),
  z.strictObject({ by: z.literal('selection'), paths: z.array(z.string().min(1).max(4096)).min(1).max(1e6) }),
])
const selection = z.strictObject({
  evaluation: id('e'),
  label: z.int().min(0).optional(),
  predicted: z.int().min(0).optional(),
  correct: z.boolean().optional(),
})
const newSlice = z.strictObject({
  dataset: id('d'),
  name,
  of: z.union([z.strictObject({ definition }), z.strictObject({ selection })]),
})

const calibrating = z.strictObject({
  run: id('r'),
  checkpoint: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  like: id('e').optional(),
})

/** A run or an evaluation. */
const judge = z.object({ of: z.string().regex(/^[re][1-9]\d{0,15}$/) })
/** As many as a person could look at. */
const mostSuspects = 5000

export const statisticsRoutes = ({ statistics, queue, machine, texts }: Studio) =>
  new Hono<Env>()
    .get('/differences', valid('query', z.object({ evaluations: list('e', 2) })), async (c) =>
      c.json(await statistics.differences(c.req.valid('query').evaluations)),
    )
    .get(
      '/slices',
      valid('query', z.object({ evaluations: list('e', 1), by: z.enum(sliceKinds) })),
      async (c) => c.json(await statistics.slices(c.req.valid('query'))),
    )
    .post('/slices', valid('json', newSlice), (c) => c.json(statistics.save(c.req.valid('json')), 201))
    .delete('/slices', valid('json', z.strictObject({ dataset: id('d'), name })), (c) => {
      const { dataset, name } = c.req.valid('json')
      statistics.forget(dataset, name)
      return c.json({ deleted: name })
    })
    /** What suspects among the images of a version can be found by. */
    .get('/suspects', valid('query', z.object({ dataset: id('d') })), (c) =>
      c.json(statistics.suspectSources(c.req.valid('query').dataset)),
    )
    /** Labels that are probably wrong, by a run's training or by an evaluation. */
    .get('/suspects/:of', valid('param', judge), async (c) =>
      c.json(await statistics.suspects({ of: c.req.valid('param').of, most: mostSuspects })),
    )
    .get('/suspects/:of/csv', valid('param', judge), async (c) => {
      const { of } = c.req.valid('param')
      const found = await statistics.suspects({ of, most: Infinity })
      return attachment(c, `suspects-${of}.csv`, csvText(suspectLines(found)))
    })
    /** Fits a temperature on the validation images. */
    .post('/calibrate', valid('json', calibrating), async (c) =>
      c.json({ job: shown(await queue.add('calibrate', c.req.valid('json')), texts) }, 202),
    )
    /** The runs that differ from a run by their seed alone, and itself. */
    .get('/seeds/:run', valid('param', z.object(runId)), (c) =>
      c.json(statistics.seeds(c.req.valid('param').run)),
    )
    /** Trains as many runs as the setting lacks to have this many seeds. */
    .post(
      '/seeds/:run',
      valid('param', z.object(runId)),
      valid('json', z.strictObject({ count: z.int().min(2).max(20) })),
      async (c) => {
        const jobs = []
        for (const input of statistics.missingSeeds(c.req.valid('param').run, c.req.valid('json').count))
          jobs.push(shown(await queue.add('train', input), texts))
        return c.json({ jobs }, 202)
      },
    )
    /** One HTML file with everything in it. */
    .get('/report', valid('query', z.object({ runs: list('r', 1) })), async (c) => {
      const { runs } = c.req.valid('query')
      return c.body(await statistics.report(runs, machine.settings().metric), 200, {
        'content-type': 'text/html; charset=utf-8',
        'content-disposition': `attachment; filename="report-${runs.join('-')}.html"`,
        'cache-control': 'no-store',
      })
    })
    .get('/:evaluation', valid('param', evaluationId), async (c) =>
      c.json(await statistics.of(c.req.valid('param').evaluation)),
    )
    /** ROC and precision–recall of some classes, thinned for a drawing. */
    .get(
      '/:evaluation/curves',
      valid('param', evaluationId),
      valid('query', z.object({ labels })),
      async (c) =>
        c.json({
          curves: await statistics.curves(c.req.valid('param').evaluation, c.req.valid('query').labels),
        }),
    )
