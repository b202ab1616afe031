import { Hono } from 'hono'
import * as z from 'zod'
import { normalizations } from '../../image/tiles.ts'
import { checkpoint } from '../../jobs/entry/fields.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { id, number, runId, valid } from './valid.ts'

const normalization = z.enum(normalizations).default('each')
const asked = {
  checkpoint: checkpoint.optional(),
  /** Its name in the network; `input`: what the network sees. */
  layer: z.string().min(1).max(200),
  normalization,
  order: z.enum(['network', 'mean']).default('network'),
  offset: number(0, 1e6).default(0),
  limit: number(1, 1024).default(64),
}

export const insideRoutes = ({ inside }: Studio) =>
  new Hono<Env>()
    /** Weights of the first convolution as a picture. */
    .get(
      '/:run/filters',
      valid('param', z.object(runId)),
      valid('query', z.object({ checkpoint: checkpoint.optional(), normalization })),
      async (c) => c.json(await inside.filters({ ...c.req.valid('param'), ...c.req.valid('query') })),
    )
    /** What a layer answers to an image of a data set. */
    .get(
      '/:run/activations',
      valid('param', z.object(runId)),
      valid('query', z.object({ ...asked, dataset: id('d'), position: number(0, 1e9) })),
      async (c) => {
        const { dataset, position, ...input } = c.req.valid('query')
        return c.json(await inside.known({ ...c.req.valid('param'), ...input }, { dataset, position }))
      },
    )
    /** Grad-CAM: where in an image of a data set a class is seen. */
    .get(
      '/:run/heat',
      valid('param', z.object(runId)),
      valid(
        'query',
        z.object({
          checkpoint: checkpoint.optional(),
          layer: asked.layer.optional(),
          /** Class index. */
          explained: number(0, 1e6).optional(),
          dataset: id('d'),
          position: number(0, 1e9),
        }),
      ),
      async (c) => {
        const { dataset, position, ...input } = c.req.valid('query')
        return c.json(await inside.heatMap({ ...c.req.valid('param'), ...input }, { dataset, position }))
      },
    )
    /** The network's answers at each place of a whole image, as dense evaluation averages them. */
    .get(
      '/:run/dense',
      valid('param', z.object(runId)),
      valid(
        'query',
        z.object({
          checkpoint: checkpoint.optional(),
          scale: number(32, 4096).optional(),
          explained: number(0, 1e6),
          dataset: id('d'),
          position: number(0, 1e9),
        }),
      ),
      async (c) => {
        const { dataset, position, ...input } = c.req.valid('query')
        return c.json(await inside.denseMap({ ...c.req.valid('param'), ...input }, { dataset, position }))
      },
    )
    /** The same as activations for a file: the body is the image itself. */
    .post('/:run/activations', valid('param', z.object(runId)), valid('query', z.object(asked)), async (c) =>
      c.json(await inside.uploaded({ ...c.req.valid('param'), ...c.req.valid('query') }, c.req.raw.body)),
    )
