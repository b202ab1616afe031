import { hc } from 'hono/client'
import type { Api } from '../../core/server/api/index.ts'

/** Proves, when compiled, that the renderer's client has the types of the handlers' answers. */
export async function typesReachTheClient() {
  const client = hc<Api>('http://localhost')
  const images = await (
    await client.api.datasets[':dataset'].images.$get({
      param: { dataset: 'd1' },
      query: { class: '3', limit: '50' },
    })
  ).json()
  const width: number = images.entries[0]!.width
  const run = await (await client.api.runs[':run'].$get({ param: { run: 'r1' } })).json()
  const crop: number = run.recipe.data.crop
  const { job } = await (await client.api.runs.$post({ json: { dataset: 'd1', recipe: {} } })).json()
  const state: 'queued' | string = job.state
  return { width, crop, state, best: run.best?.top1Error, run, job }
}
