import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  answer,
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
const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 2 } }
const rates = { setting: 'optimization.learningRate', values: ['0.001', '0.01', '1e30'] }
const planned = { kind: 'sweep' as const, varied: [rates], most: 3, halving: { factor: 2, first: 1 } }

beforeAll(async () => {
  server = await testServer()
  folder = await importSmallFolder(server)
})
afterAll(async () => {
  await server.close()
  remove(server.home, folder)
})

test('what the runs are is said before, and too many are refused', async () => {
  const json = { dataset: 'd1', recipe, planned }
  const { varied, runs } = await answer(server.api.plans.check.$post({ json }))
  expect(varied).toEqual(['optimization.learningRate'])
  expect(runs.map(({ values }) => values)).toEqual([['0.001'], ['0.01'], ['1e+30']])
  const most = { json: { ...json, planned: { ...planned, most: 2 } } }
  expect(await refusal(server.api.plans.check.$post(most))).toMatchObject({ code: 'too-many-runs' })
})

test('a sweep passes over what fails, gives up on the worse half, and trains the best to its end', async () => {
  const { job } = await answer(server.api.plans.$post({ json: { dataset: 'd1', recipe, planned } }))
  expect(job.title).toBe('Sweep of 3 runs: clothes-A-sweep')
  expect(await server.settled(job)).toMatchObject({ state: 'completed' })
  const { status, steps } = await answer(server.api.plans[':plan'].$get({ param: { plan: 'p1' } }))
  expect(status).toBe('completed')
  // Two of the three go into the second round, which ends them.
  expect(steps.map(({ run }) => [run?.status, run?.epochs])).toEqual([
    ['completed', 2],
    ['completed', 2],
    ['failed', 0],
  ])
  for (const { run } of steps.slice(0, 2)) expect(run!.best?.top1Error).toBeTypeOf('number')
})

test('a sweep is paused within a run and goes on: its runs are as if it had not been', async () => {
  const { api, settled } = server
  const optimization = { ...recipe.optimization, epochs: 30 }
  const own = { ...recipe, optimization }
  const two = { kind: 'sweep' as const, varied: [{ ...rates, values: ['0.005', '0.01'] }], most: 2 }
  const json = { dataset: 'd1', recipe: own, planned: { ...two, halving: null } }
  const { job } = await answer(api.plans.$post({ json }))
  const steps = async () =>
    (await answer(api.plans[':plan'].$get({ param: { plan: job.plan! } }))).steps.map(({ run }) => run)
  await expect.poll(async () => (await steps())[0]?.epochs ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
  await answer(api.jobs[':job'].pause.$post({ param: { job: job.id } }))
  await settled(job, ['paused'])
  const [first, second] = await steps()
  const paused = await answer(api.runs[':run'].$get({ param: { run: first!.run } }))
  expect(paused).toMatchObject({ status: 'paused' })
  expect(first!.epochs).toBeLessThan(30)
  expect(second).toBe(null)

  await answer(api.jobs[':job'].resume.$post({ param: { job: job.id } }))
  expect(await settled(job)).toMatchObject({ state: 'completed' })
  const ended = await steps()
  expect(ended.map((run) => [run?.status, run?.epochs])).toEqual([
    ['completed', 30],
    ['completed', 30],
  ])
  const alone = { ...own, optimization: { ...optimization, learningRate: 0.005 } }
  const again = await answer(api.runs.$post({ json: { dataset: 'd1', recipe: alone } }))
  const { run } = await settled(again.job)
  const losses = async (id: string) =>
    (await answer(api.runs[':run'].epochs.$get({ param: { run: id }, query: {} }))).epochs.map(
      ({ trainingLoss }) => trainingLoss,
    )
  expect(await losses(ended[0]!.run)).toEqual(await losses(run!))
})
