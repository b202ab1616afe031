import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Job } from '../../core/server/queue/types.ts'
import {
  answer,
  jobProcess,
  refusal,
  remove,
  importSmallFolder,
  testServer,
  tinyRecipe,
  type TestServer,
} from './support.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 180_000 })

let server: TestServer
let folder: string
const recipe = { ...tinyRecipe, network: { ...tinyRecipe.network, config: 'B' as const } }

beforeAll(async () => {
  server = await testServer()
  folder = await importSmallFolder(server)
})
afterAll(async () => {
  await server.close()
  remove(server.home, folder)
})

/** Kills the process that trains for a job, as soon as there is one. */
async function killAtWork(job: { readonly id: string }): Promise<Job> {
  for (;;) {
    try {
      process.kill(jobProcess(), 'SIGKILL')
      return server.settled(job)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

const plan = (id: string) => answer(server.api.plans[':plan'].$get({ param: { plan: id } }))
const run = (id: string) => answer(server.api.runs[':run'].$get({ param: { run: id } }))

test('what the stages are is said before', async () => {
  const { runs: stages } = await answer(
    server.api.plans.check.$post({ json: { dataset: 'd1', recipe, planned: { kind: 'chain' } } }),
  )
  expect(stages.map(({ config, source, epochs }) => [config, source, epochs])).toEqual([
    ['A', null, 1],
    ['B', 0, 1],
    ['B', 1, 1],
    ['B', 2, 1],
  ])
})

test('a chain is one job; stopped in its middle it goes on, also in the next server, to its end', async () => {
  const json = { dataset: 'd1', recipe, planned: { kind: 'chain' as const }, name: 'staged' }
  const { job } = await answer(server.api.plans.$post({ json }))
  expect(job).toMatchObject({ kind: 'plan', plan: 'p1', title: 'Train in 4 stages: staged' })
  // The first run is there: what is stopped now is it, or one that follows from it.
  for (;;) {
    const { steps } = await plan('p1')
    if (steps[0]!.run !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await answer(server.api.jobs[':job'].cancel.$post({ param: { job: job.id } }))
  expect(await server.settled(job)).toMatchObject({ state: 'stopped' })
  expect((await plan('p1')).status).not.toBe('completed')
  await server.close()

  server = await testServer({ home: server.home })
  const { job: second } = await answer(server.api.plans[':plan'].resume.$post({ param: { plan: 'p1' } }))
  const killed = await killAtWork(second)
  expect(killed).toMatchObject({ state: 'interrupted', plan: 'p1' })
  const { job: third } = await answer(server.api.jobs[':job'].again.$post({ param: { job: second.id } }))
  expect(await server.settled(third)).toMatchObject({ state: 'completed', result: { plan: 'p1' } })
  const done = await plan('p1')
  expect(done).toMatchObject({ name: 'staged', kind: 'chain', status: 'completed', job: null })
  expect(done.steps.map(({ run: one }) => [one?.run, one?.status, one?.name])).toEqual([
    ['r1', 'completed', 'staged-1'],
    ['r2', 'completed', 'staged-2'],
    ['r3', 'completed', 'staged-3'],
    ['r4', 'completed', 'staged-4'],
  ])
  const last = await run('r4')
  expect(last).toMatchObject({ parent: 'r3', plan: { plan: 'p1', step: 3 } })
  expect(last.lineage.map(({ run: one, config }) => [one, config])).toEqual([
    ['r1', 'A'],
    ['r2', 'B'],
    ['r3', 'B'],
    ['r4', 'B'],
  ])
  expect((await run('r2')).recipe.initialization.from).toMatchObject({ run: 'r1', mode: 'staged' })
  expect(last.recipe.initialization.from).toMatchObject({ run: 'r3', mode: 'matching' })
})

test('plans are listed, forgotten with their runs left, and brought back; not while one is carried out', async () => {
  const list = async () => (await answer(server.api.plans.$get())).plans
  expect(await list()).toMatchObject([
    { plan: 'p1', name: 'staged', kind: 'chain', status: 'completed', trainings: 4, ended: 4 },
  ])
  const param = { plan: 'p1' }
  await answer(server.api.plans[':plan'].$delete({ param }))
  expect(await list()).toEqual([])
  expect((await run('r4')).plan).toBeNull()
  expect(await answer(server.api.plans[':plan'].restore.$post({ param }))).toMatchObject({ plan: 'p1' })
  expect((await run('r4')).plan).toEqual({ plan: 'p1', step: 3 })
  const { job } = await answer(server.api.plans[':plan'].resume.$post({ param }))
  expect(await refusal(server.api.plans[':plan'].$delete({ param }))).toMatchObject({
    status: 409,
    code: 'plan-busy',
  })
  await server.settled(job)
})

test('what cannot be planned is refused, and there is no plan of it', async () => {
  const planned = { kind: 'chain' as const }
  const json = { dataset: 'd1', planned, recipe: { ...recipe, network: { config: 'googlenet' }, data: {} } }
  expect(await refusal(server.api.plans.$post({ json }))).toMatchObject({ code: 'nothing-to-transfer' })
  const taken = await refusal(
    server.api.plans.$post({ json: { dataset: 'd1', recipe, planned, name: 'staged' } }),
  )
  expect(taken).toMatchObject({ status: 409, code: 'name-taken' })
  expect(await refusal(server.api.plans[':plan'].$get({ param: { plan: 'p2' } }))).toMatchObject({
    status: 404,
  })
})
