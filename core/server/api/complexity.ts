import { Hono } from 'hono'
import * as z from 'zod'
import { complexityCsv } from '../../queries/complexityCsv.ts'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { attachment } from './files.ts'
import { id, number, valid } from './valid.ts'

const most = 100
const listed = z.string().transform((text) => text.split(',').filter((part) => part !== ''))

const query = z.object({
  /** `r1,r2`; left out: those of the data set that was trained on last. */
  runs: listed.pipe(z.array(id('r')).max(most)).optional(),
  /** `D,resnet50@128`, see namedNetwork. */
  networks: listed.pipe(z.array(z.string().max(300)).max(most)).optional(),
  classes: number(2, 100_000).optional(),
  basis: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .optional(),
})

/** Operations against error, with parameters, speed and memory, of runs and of any network. */
export const complexityRoutes = ({ complexities, machine }: Studio) =>
  new Hono<Env>()
    .get('/', valid('query', query), async (c) => c.json(await complexities.of(c.req.valid('query'))))
    .get('/file', valid('query', query), async (c) => {
      const { metric } = machine.settings()
      const text = complexityCsv(await complexities.of(c.req.valid('query')), metric)
      return attachment(c, 'complexity.csv', text)
    })
