import { Hono } from 'hono'
import * as z from 'zod'
import { splits } from '../../dataset/types.ts'
import type { Metric } from '../../evaluation/metric.ts'
import { tableCsv, tableMarkdown, tablePage } from '../../evaluation/tableText.ts'
import { tableNames, type TableResult } from '../../evaluation/tables.ts'
import { tableNumbers } from '../../jobs/evaluation/tableNumbers.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { id, valid } from './valid.ts'

const some = z.array(id('r')).min(1).max(100)

const measuring = z.strictObject({
  table: z.enum(tableNames),
  runs: some,
  split: z.enum(splits).default('test'),
  dataset: id('d').optional(),
})

const query = z.object({
  table: z.enum(tableNames),
  /** `r1,r2` */
  runs: z
    .string()
    .transform((text) => text.split(','))
    .pipe(some),
  split: z.enum(splits).default('test'),
  dataset: id('d').optional(),
})

const files = {
  html: { type: 'text/html; charset=utf-8', text: tablePage },
  md: { type: 'text/markdown; charset=utf-8', text: tableMarkdown },
  csv: { type: 'text/csv; charset=utf-8', text: tableCsv },
  /** For programs: errors, whatever the metric. */
  json: {
    type: 'application/json',
    text: (result: TableResult, _metric: Metric, texts: Catalog) =>
      JSON.stringify(shown(result, texts), null, 2),
  },
} as const

/** Tables 3 to 6 of the paper, of one's own runs. */
export const tableRoutes = (studio: Studio) =>
  new Hono<Env>()
    /** What is measured of it so far. */
    .get('/', valid('query', query), (c) =>
      c.json(shown(tableNumbers(studio, c.req.valid('query')), studio.texts)),
    )
    .get(
      '/file',
      valid('query', query.extend({ format: z.enum(Object.keys(files) as [keyof typeof files]) })),
      (c) => {
        const { format, ...asked } = c.req.valid('query')
        const { type, text } = files[format]
        const name = `${asked.table}.${format}`
        const { metric } = studio.machine.settings()
        return c.body(text(tableNumbers(studio, asked), metric, studio.texts), 200, {
          'content-type': type,
          'content-disposition': `attachment; filename="${name}"`,
        })
      },
    )
    /** Measures what is missing. */
    .post('/', valid('json', measuring), async (c) =>
      c.json({ job: shown(await studio.queue.add('table', c.req.valid('json')), studio.texts) }, 202),
    )

const averaging = z.strictObject({ members: z.array(id('e')).min(2).max(100) })

export const ensembleRoutes = ({ ensembles, queue, texts }: Studio) =>
  new Hono<Env>()
    .get('/', (c) => c.json({ ensembles: ensembles.list() }))
    .post('/', valid('json', averaging), async (c) =>
      c.json({ job: shown(await queue.add('ensemble', c.req.valid('json')), texts) }, 202),
    )
    .get('/:ensemble', valid('param', z.object({ ensemble: id('m') })), (c) =>
      c.json(ensembles.view(c.req.valid('param').ensemble)),
    )
