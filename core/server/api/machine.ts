import { Hono } from 'hono'
import * as z from 'zod'
import { metrics } from '../../evaluation/metric.ts'
import { installables } from '../../engine/installables.ts'
import { ownerOnly } from '../access/check.ts'
import { guideStates } from './types.ts'
import { themes } from '../machine/settings.ts'
import { shown } from '../../messages/shown.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { valid } from './valid.ts'

const settings = z
  .strictObject({
    theme: z.enum(themes),
    metric: z.enum(metrics),
    sampleDismissed: z.boolean(),
    guide: z.enum(guideStates),
    notifications: z.boolean(),
  })
  .partial()

const engine = z.object({ name: z.enum(installables.map(({ name }) => name)) })
const variant = z.strictObject({ variant: z.string().max(40).optional() })

export const machineRoutes = ({ machine, samples, queue, texts }: Studio) =>
  new Hono<Env>()
    .get('/system', async (c) => c.json(await machine.system(c.var.caller)))
    /** What to send along with a report: without images, and without paths outside the home folder. */
    .get('/diagnostics', async (c) => c.json(await machine.diagnostics()))
    .get('/devices', async (c) => c.json(await machine.devices()))
    /** Takes some seconds for each device and precision; the list of devices tells how far it is. */
    .post('/devices/measure', async (c) => {
      await machine.measure()
      return c.json(await machine.devices(), 202)
    })
    /** What can be installed, what of it is, and what it would bring. */
    .get('/engines', async (c) => c.json(await machine.engines()))
    .post('/engines/:name/install', valid('param', engine), valid('json', variant), async (c) => {
      const { name } = c.req.valid('param')
      return c.json({ job: shown(await queue.add('install', { name, ...c.req.valid('json') }), texts) }, 202)
    })
    .delete('/engines/:name', valid('param', engine), async (c) =>
      c.json({ job: shown(await queue.add('uninstall', { name: c.req.valid('param').name }), texts) }, 202),
    )
    .get('/settings', (c) => c.json(machine.settings()))
    .patch('/settings', valid('json', settings), async (c) =>
      c.json(await machine.change(c.req.valid('json'))),
    )
    .get('/storage', async (c) => c.json(await machine.storage()))
    /** Empties the cache: thumbnails and decoded images, made again when needed. */
    .delete('/storage/cache', async (c) => c.json(await machine.emptyCache()))
    .get('/samples', async (c) => c.json({ samples: await samples.list() }))
    .post('/samples/:sample/import', async (c) =>
      c.json(
        { job: shown(await queue.add('import', await samples.input(c.req.param('sample'))), texts) },
        202,
      ),
    )

export const folderRoutes = ({ folders }: Studio) =>
  new Hono<Env>()
    /** Folders that the person may go to; without a path the roots. */
    .get('/', valid('query', z.object({ path: z.string().max(4096).optional() })), async (c) =>
      c.json(await folders.list(c.req.valid('query').path)),
    )
    /** The person has chosen it: from now on import, relocate and export take it. */
    .post('/choose', valid('json', z.strictObject({ path: z.string().min(1).max(4096) })), async (c) =>
      c.json(await folders.choose(c.req.valid('json').path, c.var.caller)),
    )

export const sessionRoutes = ({ links }: Studio) =>
  new Hono<Env>()
    /** A new one-time link for a browser, on this machine. */
    .post('/link', ownerOnly, (c) => c.json({ url: links.create() }))
