import { Hono } from 'hono'
import * as z from 'zod'
import { loadPresets } from '../../training/presets.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { layersCsv } from '../../network/layersCsv.ts'
import { attachment } from './files.ts'
import { id, number, valid } from './valid.ts'

const check = z.strictObject({
  /** Any part of a recipe. */
  recipe: z.record(z.string(), z.unknown()),
  /** What the recipe is put over. */
  preset: z.string().max(100).optional(),
  base: z.record(z.string(), z.unknown()).optional(),
  like: id('r').optional(),
  dataset: id('d').optional(),
  /** Where there is no data set yet. */
  classes: z.int().min(2).max(100_000).optional(),
})

/** See namedNetwork. */
const network = z.object({ name: z.string().min(1).max(300), classes: number(2, 100_000).optional() })

/** What is needed to plan a run: presets, what a recipe comes to, and the configurations beside each other. */
export const planningRoutes = ({ planning }: Studio) =>
  new Hono<Env>()
    .get('/presets', async (c) => c.json({ presets: await loadPresets() }))
    .get('/families', async (c) => c.json({ families: (await planning()).families() }))
    /** Any network, layer by layer. */
    .get('/network', valid('query', network), async (c) =>
      c.json((await planning()).network(c.req.valid('query'))),
    )
    .get('/network/file', valid('query', network), async (c) => {
      const { name, layers } = (await planning()).network(c.req.valid('query'))
      return attachment(c, `${name.replaceAll(/[^\w@.-]+/g, '-')}.csv`, layersCsv(layers))
    })
    .post('/check', valid('json', check), async (c) =>
      c.json(await (await planning()).check(c.req.valid('json'))),
    )
    .post('/cards', valid('json', check), async (c) =>
      c.json({ cards: await (await planning()).cards(c.req.valid('json')) }),
    )
    .post('/schedule', valid('json', check), async (c) =>
      c.json(await (await planning()).schedule(c.req.valid('json'))),
    )
