import { Hono } from 'hono'
import * as z from 'zod'
import { splits } from '../../dataset/types.ts'
import { protocolFields } from '../../evaluation/protocol.ts'
import { exportFormats } from '../../jobs/defaults.ts'
import { checkpoint } from '../../jobs/fields.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { flag, id, number, paging, valid } from './valid.ts'

const evaluationId = { evaluation: id('e') }
const exportId = { export: id('x') }
const evaluating = z.strictObject({
  run: id('r'),
  split: z.enum(splits).default('test'),
  checkpoint: checkpoint.optional(),
  ...protocolFields,
  dataset: id('d').optional(),
})

/** Of the confusion matrix; class indices. Without `label` or `predicted`: the whole row or column. */
const cell = z.object({
  ...paging,
  label: number(0, 1e6).optional(),
  predicted: number(0, 1e6).optional(),
  correct: flag.optional(),
  sort: z.enum(['position', 'confidence', 'least-confidence']).optional(),
})

export const evaluationRoutes = ({ evaluations, queue }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', z.object({ run: id('r').optional() })), (c) =>
      c.json({ evaluations: evaluations.list(c.req.valid('query').run) }),
    )
    .post('/', valid('json', evaluating), async (c) =>
      c.json({ job: await queue.add('evaluate', c.req.valid('json')) }, 202),
    )
    .get('/:evaluation', valid('param', z.object(evaluationId)), (c) =>
      c.json(evaluations.view(c.req.valid('param').evaluation)),
    )
    .get('/:evaluation/images', valid('param', z.object(evaluationId)), valid('query', cell), async (c) =>
      c.json(await evaluations.images(c.req.valid('param').evaluation, c.req.valid('query'))),
    )

/** `r1,r2`: two to six runs. */
const runList = z
  .string()
  .regex(/^r\d+(,r\d+){1,5}$/, 'give two to six runs, r1,r2')
  .transform((text) => text.split(','))

export const compareRoutes = ({ comparison }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', z.object({ runs: runList, points: number(10, 20_000).optional() })), (c) =>
      c.json(comparison.view(c.req.valid('query').runs, c.req.valid('query').points ?? 1000)),
    )
    .get(
      '/images',
      valid(
        'query',
        z.object({
          ...paging,
          /** Two evaluations of the same images. */
          first: id('e'),
          second: id('e'),
          only: z.enum(['first', 'second', 'neither', 'differ']).optional(),
          label: number(0, 1e6).optional(),
        }),
      ),
      async (c) => c.json(await comparison.images(c.req.valid('query'))),
    )

const known = z.strictObject({
  run: id('r'),
  checkpoint: checkpoint.optional(),
  images: z
    .array(z.strictObject({ dataset: id('d'), position: z.int().min(0) }))
    .min(1)
    .max(100),
})

export const predictRoutes = ({ prediction }: Studio) =>
  new Hono<Env>()
    .post('/', valid('json', known), async (c) => c.json(await prediction.known(c.req.valid('json'))))
    /** The body is the image file itself. */
    .post(
      '/upload',
      valid(
        'query',
        z.object({
          run: id('r'),
          checkpoint: checkpoint.optional(),
          name: z.string().min(1).max(300).optional(),
        }),
      ),
      async (c) => c.json(await prediction.uploaded(c.req.valid('query'), c.req.raw.body)),
    )

const exporting = z.strictObject({
  run: id('r'),
  format: z.enum(exportFormats),
  checkpoint: checkpoint.optional(),
  /** A folder that the person chose, in which one for the export is made; default: in the home folder. */
  folder: z.string().min(1).optional(),
})

export const exportRoutes = ({ exports: exported, folders, queue }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', z.object({ run: id('r').optional() })), async (c) =>
      c.json({ exports: await exported.list(c.req.valid('query').run) }),
    )
    .post('/', valid('json', exporting), async (c) => {
      const { folder, ...input } = c.req.valid('json')
      const out = folder === undefined ? undefined : await folders.chosen(folder, c.var.caller)
      return c.json({ job: await queue.add('export', exported.input(input, out)) }, 202)
    })
    .get('/:export', valid('param', z.object(exportId)), async (c) =>
      c.json(await exported.view(c.req.valid('param').export)),
    )
    /** All its files as one ZIP archive. */
    .get('/:export/download', valid('param', z.object(exportId)), (c) =>
      exported.download(c.req.valid('param').export),
    )
    .get(
      '/:export/files/:name',
      valid('param', z.object({ ...exportId, name: z.string().min(1).max(200) })),
      (c) => exported.file(c.req.valid('param').export, c.req.valid('param').name),
    )
