import { join } from 'node:path'
import { Hono } from 'hono'
import * as z from 'zod'
import { saying } from '../../base/issues.ts'
import { splits } from '../../dataset/types.ts'
import { confirmedLabel, correctionChange, path, seed, share } from '../../jobs/entry/fields.ts'
import { shown } from '../../messages/shown.ts'
import { imageOrderNames } from '../../registry/pages.ts'
import { augmentationSettings } from '../../training/augmentationSchema.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { picture } from './pictures.ts'
import { imageIssues, type Finding } from './types.ts'
import { datasetId, flag, number, paging, side, valid } from './valid.ts'

const position = number(0, 1e9)
const name = z.string().trim().min(1).max(100)
/** Corrections at once. */
const limit = 100_000

const importing = z.strictObject({
  /** A folder that the person chose, see /api/folders. */
  source: z.string().min(1),
  /** The name of a CSV file in it that holds the labels. Default: the folders' names do. */
  list: z
    .string()
    .regex(/^[^/\\]+\.(csv|tsv)$/i, saying({ code: 'must-be-csv-name', values: {} }))
    .optional(),
  name: name.optional(),
  /** How to split. Default: as before, else `importDefaults`. */
  validation: share.optional(),
  test: share.optional(),
  seed: seed.optional(),
})

const imageQuery = z.object({
  ...paging,
  /** Class index. */
  class: number(0, 1e6).optional(),
  split: z.enum(splits).optional(),
  issue: z.enum(imageIssues).optional(),
  search: z.string().max(200).optional(),
  /** Only those ahead of this position: `total` then says at which place of the list it is. */
  before: number(0, 1e9).optional(),
  sort: z.enum([...imageOrderNames, 'similar']).optional(),
  /** What `similar` begins with: images that look like the one at this position come first. */
  like: number(0, 1e9).optional(),
})

/** Images of a split, spread over its classes. */
const sample = z.object({ split: z.enum(splits), count: number(1, 100), seed: number(0, 1e9) })

const jitter = z.strictObject({
  crop: z.int().min(32).max(1024),
  scale: z.strictObject({ min: z.int().min(32).max(4096), max: z.int().min(32).max(4096) }),
  ...augmentationSettings,
  count: z.int().min(1).max(24).default(12),
  seed: z.int().min(0).default(0),
  /** Class index. */
  class: z.int().min(0).optional(),
})

export const datasetRoutes = ({ library, queue, folders, texts }: Studio) =>
  new Hono<Env>()
    .get('/', async (c) => c.json({ datasets: await library.list() }))
    .post('/import', valid('json', importing), async (c) => {
      const { list, ...input } = c.req.valid('json')
      const folder = await folders.chosen(input.source, c.var.caller)
      const source = list === undefined ? folder : join(folder, list)
      const within = folders.within(c.var.caller)
      return c.json({ job: shown(await queue.add('import', { ...input, source, within }), texts) }, 202)
    })
    .get('/:dataset', valid('param', z.object(datasetId)), async (c) =>
      c.json(await library.details(c.req.valid('param').dataset)),
    )
    .get('/:dataset/health', valid('param', z.object(datasetId)), async (c) =>
      c.json(await library.health(c.req.valid('param').dataset)),
    )
    .get(
      '/:dataset/groups',
      valid('param', z.object(datasetId)),
      valid(
        'query',
        z.object({
          ...paging,
          kind: z.enum(['exact', 'near']).optional(),
          across: z.enum(['splits', 'classes']).optional(),
        }),
      ),
      async (c) => c.json(await library.groups(c.req.valid('param').dataset, c.req.valid('query'))),
    )
    .get(
      '/:dataset/problems',
      valid('param', z.object(datasetId)),
      valid('query', z.object({ ...paging, code: z.string().max(50).optional(), intended: flag.optional() })),
      async (c) => c.json(await library.problems(c.req.valid('param').dataset, c.req.valid('query'))),
    )
    .get(
      '/:dataset/problems/:position/picture',
      valid('param', z.object({ ...datasetId, position })),
      valid('query', z.object({ side })),
      async (c) => {
        const { dataset, position } = c.req.valid('param')
        return picture(c, await library.problemPicture(dataset, position, c.req.valid('query').side ?? 256))
      },
    )
    .get('/:dataset/images', valid('param', z.object(datasetId)), valid('query', imageQuery), async (c) =>
      c.json(await library.images(c.req.valid('param').dataset, c.req.valid('query'))),
    )
    .get('/:dataset/images/:position', valid('param', z.object({ ...datasetId, position })), async (c) => {
      const { dataset, position } = c.req.valid('param')
      return c.json(await library.image(dataset, position))
    })
    .get(
      '/:dataset/images/:position/picture',
      valid('param', z.object({ ...datasetId, position })),
      valid('query', z.object({ side })),
      async (c) => {
        const { dataset, position } = c.req.valid('param')
        return picture(c, await library.picture(dataset, position, c.req.valid('query').side ?? 256))
      },
    )
    .get('/:dataset/sample', valid('param', z.object(datasetId)), valid('query', sample), (c) =>
      c.json({ images: library.sample(c.req.valid('param').dataset, c.req.valid('query')) }),
    )
    .post('/:dataset/jitter', valid('param', z.object(datasetId)), valid('json', jitter), async (c) =>
      c.json({ crops: await library.jitter(c.req.valid('param').dataset, c.req.valid('json')) }),
    )
    /** What became of its files, from names, sizes and times. */
    .get('/:dataset/difference', valid('param', z.object(datasetId)), async (c) =>
      c.json(await library.difference(c.req.valid('param').dataset, folders.within(c.var.caller))),
    )
    /** The same from the files' contents, in its folder or another; the job's result has all of it. */
    .post(
      '/:dataset/difference',
      valid('param', z.object(datasetId)),
      valid('json', z.strictObject({ folder: z.string().min(1).optional() })),
      async (c) => {
        const { folder: asked } = c.req.valid('json')
        const folder = asked === undefined ? undefined : await folders.chosen(asked, c.var.caller)
        const within = folders.within(c.var.caller)
        const input = { ...c.req.valid('param'), folder, within, contents: true }
        return c.json({ job: shown(await queue.add('difference', input), texts) }, 202)
      },
    )
    /** The result says whether it is the same data set in another place, or a new version. */
    .post(
      '/:dataset/relocate',
      valid('param', z.object(datasetId)),
      valid('json', z.strictObject({ folder: z.string().min(1) })),
      async (c) => {
        const folder = await folders.chosen(c.req.valid('json').folder, c.var.caller)
        return c.json(
          { job: shown(await queue.add('relocate', { ...c.req.valid('param'), folder }), texts) },
          202,
        )
      },
    )
    /** Its source as it is now, with the corrections that wait, becomes the next version. */
    .post(
      '/:dataset/import',
      valid('param', z.object(datasetId)),
      valid('json', z.strictObject({ validation: share, test: share, seed }).partial()),
      async (c) => {
        const split = definedOnly(c.req.valid('json'))
        const again = library.again(c.req.valid('param').dataset, split)
        const within = folders.within(c.var.caller)
        return c.json({ job: shown(await queue.add('import', { ...again, within }), texts) }, 202)
      },
    )
    .get('/:dataset/corrections', valid('param', z.object(datasetId)), (c) =>
      c.json(library.corrections.list(c.req.valid('param').dataset)),
    )
    .patch(
      '/:dataset/corrections',
      valid('param', z.object(datasetId)),
      valid(
        'json',
        z
          .strictObject({
            put: z.array(correctionChange).max(limit),
            forget: z.array(path).max(limit),
            confirm: z.array(confirmedLabel).max(limit),
            doubt: z.array(path).max(limit),
          })
          .partial(),
      ),
      (c) => {
        const step = definedOnly(c.req.valid('json'))
        return c.json(library.corrections.change(c.req.valid('param').dataset, step))
      },
    )
    .post(
      '/:dataset/corrections/remedy',
      valid('param', z.object(datasetId)),
      valid('json', z.strictObject({ finding: z.string().max(50) })),
      async (c) => {
        const { finding } = c.req.valid('json')
        const { dataset } = c.req.valid('param')
        return c.json(await library.corrections.remedy(dataset, finding as Finding['code']))
      },
    )

type Defined<Part> = { [Key in keyof Part]?: Exclude<Part[Key], undefined> }

function definedOnly<Part extends object>(part: Part): Defined<Part> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Defined<Part>
}
