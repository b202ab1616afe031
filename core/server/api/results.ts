import { Hono } from 'hono'
import * as z from 'zod'
import { saying } from '../../base/issues.ts'
import { splits } from '../../dataset/types.ts'
import { engineNames, precisions } from '../../engine/types.ts'
import { protocolFields } from '../../evaluation/protocol.ts'
import { exportFormats, preprocessingPlaces } from '../../export/formatNames.ts'
import { weightTypes } from '../../graph/tensorflow/packedWeights.ts'
import { checkpoint } from '../../jobs/entry/fields.ts'
import { shown } from '../../messages/shown.ts'
import { predictionOrderNames } from '../../registry/pages.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { flag, id, number, paging, runId, valid } from './valid.ts'

const evaluationId = { evaluation: id('e') }
const exportId = { export: id('x') }
const evaluating = z.strictObject({
  run: id('r'),
  split: z.enum(splits).default('test'),
  checkpoint: checkpoint.optional(),
  ...protocolFields,
  dataset: id('d').optional(),
  engine: z.enum(['auto', ...engineNames]).optional(),
  device: z.string().min(1).max(100).optional(),
  precision: z.enum(['auto', ...precisions]).optional(),
})

/** `image`: which of the split's images is shown. */
const planning = evaluating.extend({ image: z.int().min(0).optional() })
const unfinishedName = z.object({ ...runId, name: z.string().regex(/^[0-9a-f]{16}$/) })

/** A cell of the confusion matrix by class indices; without `label` or `predicted`, a whole column or row. */
const listed = z.object({
  label: number(0, 1e6).optional(),
  predicted: number(0, 1e6).optional(),
  correct: flag.optional(),
  sort: z.enum([...predictionOrderNames, 'similar']).optional(),
  /** What `similar` begins with: images that look like the one at this position come first. */
  like: number(0, 1e9).optional(),
})
const cell = listed.extend(paging)
const evaluatedImage = z.object({ ...evaluationId, image: number(0, 1e9) })

export const evaluationRoutes = ({ evaluations, protocols, queue, texts }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', z.object({ run: id('r').optional() })), (c) =>
      c.json({ evaluations: evaluations.list(c.req.valid('query').run) }),
    )
    .post('/', valid('json', evaluating), async (c) =>
      c.json({ job: shown(await queue.add('evaluate', c.req.valid('json')), texts) }, 202),
    )
    /** What an evaluation would look at and cost. */
    .post('/plan', valid('json', planning), (c) => c.json(protocols.plan(c.req.valid('json'))))
    /** Evaluations that were interrupted: the same input resumes one. */
    .get('/unfinished', valid('query', z.object(runId)), (c) =>
      c.json({ unfinished: protocols.unfinished(c.req.valid('query').run) }),
    )
    .delete('/unfinished/:run/:name', valid('param', unfinishedName), (c) => {
      const { run, name } = c.req.valid('param')
      protocols.discard(run, name)
      return c.json({ removed: name })
    })
    .get('/:evaluation', valid('param', z.object(evaluationId)), (c) =>
      c.json(evaluations.view(c.req.valid('param').evaluation)),
    )
    .get('/:evaluation/images', valid('param', z.object(evaluationId)), valid('query', cell), async (c) =>
      c.json(await evaluations.images(c.req.valid('param').evaluation, c.req.valid('query'))),
    )
    /** One image by its position in the data set, and its place in that list. */
    .get('/:evaluation/images/:image', valid('param', evaluatedImage), valid('query', listed), (c) => {
      const { evaluation, image } = c.req.valid('param')
      return c.json(evaluations.image(evaluation, image, c.req.valid('query')))
    })
    /** What each view of it says. */
    .get('/:evaluation/images/:image/views', valid('param', evaluatedImage), async (c) => {
      const { evaluation, image } = c.req.valid('param')
      return c.json(await evaluations.views(evaluation, image))
    })

/** `r1,r2`: two to six runs. */
const runList = z
  .string()
  .regex(/^r\d+(,r\d+){1,5}$/, saying({ code: 'must-be-ids', values: { what: 'runs', least: 2, most: 6 } }))
  .transform((text) => text.split(','))

const compared = z.object({
  runs: runList,
  points: number(10, 20_000).optional(),
  /** `e1,e4`: which evaluations, one of each run. */
  evaluations: z
    .string()
    .regex(
      /^e\d+(,e\d+){1,5}$/,
      saying({ code: 'must-be-ids', values: { what: 'evaluations-of-runs', least: 2, most: 6 } }),
    )
    .transform((text) => text.split(','))
    .optional(),
})

export const compareRoutes = ({ comparison }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', compared), (c) => {
      const { runs, points = 1000, evaluations } = c.req.valid('query')
      return c.json(comparison.view(runs, points, evaluations))
    })
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
  calibrated: z.boolean().optional(),
  checkpoint: checkpoint.optional(),
  images: z
    .array(z.strictObject({ dataset: id('d'), position: z.int().min(0) }))
    .min(1)
    .max(100),
})

export const predictRoutes = ({ prediction }: Studio) =>
  new Hono<Env>()
    .post('/', valid('json', known), async (c) => c.json(await prediction.known(c.req.valid('json'))))
    /** Opens the network, which takes a while: what is asked for afterwards is answered at once. */
    .post(
      '/open',
      valid('json', z.strictObject({ run: id('r'), checkpoint: checkpoint.optional() })),
      async (c) => {
        await prediction.open(c.req.valid('json'))
        return c.json({ open: true })
      },
    )
    /**
     * Gets on with learning what tried images are held against: `done` of `total` images; asked again until all are done,
     * predictions then say how unlike the training images an image is. A `total` of 0: there is nothing to learn from.
     */
    .post(
      '/reference',
      valid('json', z.strictObject({ run: id('r'), checkpoint: checkpoint.optional() })),
      async (c) => c.json(await prediction.learn(c.req.valid('json'))),
    )
    /** The body is the image file itself. */
    .post(
      '/upload',
      valid(
        'query',
        z.object({
          run: id('r'),
          calibrated: flag.optional(),
          checkpoint: checkpoint.optional(),
          name: z.string().min(1).max(300).optional(),
        }),
      ),
      async (c) => c.json(await prediction.uploaded(c.req.valid('query'), c.req.raw.body)),
    )

const exporting = z.strictObject({
  run: id('r'),
  calibrated: z.boolean().optional(),
  format: z.enum(exportFormats),
  preprocessing: z.enum(preprocessingPlaces).optional(),
  dense: z.boolean().optional(),
  weights: z.enum(weightTypes).optional(),
  checkpoint: checkpoint.optional(),
  /** A folder that the person chose, in which one for the export is made; default: in the home folder. */
  folder: z.string().min(1).optional(),
})

export const exportRoutes = ({ exports: exported, folders, queue, texts }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', z.object({ run: id('r').optional() })), async (c) =>
      c.json({ exports: await exported.list(c.req.valid('query').run) }),
    )
    .post('/', valid('json', exporting), async (c) => {
      const { folder, ...input } = c.req.valid('json')
      const out = folder === undefined ? undefined : await folders.chosen(folder, c.var.caller)
      return c.json({ job: shown(await queue.add('export', exported.input(input, out)), texts) }, 202)
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
