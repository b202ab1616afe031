import { Hono } from 'hono'
import type { Env } from '../access/types.ts'
import type { Studio } from '../studio.ts'
import { complexityRoutes } from './complexity.ts'
import { datasetRoutes } from './datasets.ts'
import { eventRoutes } from './events.ts'
import { insideRoutes } from './inside.ts'
import { jobRoutes } from './jobs.ts'
import { folderRoutes, machineRoutes, sessionRoutes } from './machine.ts'
import { planRoutes } from './plans.ts'
import { planningRoutes } from './planning.ts'
import { compareRoutes, evaluationRoutes, exportRoutes, predictRoutes } from './results.ts'
import { runRoutes } from './runs.ts'
import { ensembleRoutes, tableRoutes } from './tables.ts'
import { weightsRoutes } from './weights.ts'
import { statisticsRoutes } from './statistics.ts'

/** The whole API: one typed application, from which the renderer's client is derived (`hc<Api>`). */
export const apiRoutes = (studio: Studio) =>
  new Hono<Env>()
    .basePath('/api')
    .route('/', machineRoutes(studio))
    .route('/folders', folderRoutes(studio))
    .route('/session', sessionRoutes(studio))
    .route('/datasets', datasetRoutes(studio))
    .route('/plan', planningRoutes(studio))
    .route('/plans', planRoutes(studio))
    .route('/runs', runRoutes(studio))
    .route('/evaluations', evaluationRoutes(studio))
    .route('/tables', tableRoutes(studio))
    .route('/ensembles', ensembleRoutes(studio))
    .route('/compare', compareRoutes(studio))
    .route('/complexity', complexityRoutes(studio))
    .route('/statistics', statisticsRoutes(studio))
    .route('/predict', predictRoutes(studio))
    .route('/inside', insideRoutes(studio))
    .route('/exports', exportRoutes(studio))
    .route('/weights', weightsRoutes(studio))
    .route('/jobs', jobRoutes(studio))
    .route('/events', eventRoutes(studio))

export type Api = ReturnType<typeof apiRoutes>
