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
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await testServer()
  folder = await importSmallFolder(server)
})
afterAll(async () => {
  await server.close()
  remove(server.home, folder)
})

const run = (id: string) => answer(server.api.runs[':run'].$get({ param: { run: id } }))

test('a run that diverged is started again with a rate that works, by what its error names', async () => {
  const daring = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, learningRate: 1e30 } }
  const failed = await server.settled(
    (await answer(server.api.runs.$post({ json: { dataset: 'd1', recipe: daring } }))).job,
  )
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'diverged' } })
  const { remedy, error } = await run(failed.run!)
  expect(remedy).toEqual([{ setting: 'optimization.learningRate', value: expect.any(Number) }])
  expect(error!.hint).toContain(`optimization.learningRate=${remedy[0]!.value}`)
  const { job } = await answer(
    server.api.runs[':run'].again.$post({
      param: { run: failed.run! },
      json: { changes: { optimization: { learningRate: remedy[0]!.value } } },
    }),
  )
  const done = await server.settled(job)
  expect(done).toMatchObject({ kind: 'train', state: 'completed' })
  const again = await run(done.run!)
  expect(again.recipe.optimization.learningRate).toBe(remedy[0]!.value)
  expect(again.remedy).toEqual([])
  expect(again.like).toEqual({
    run: failed.run,
    name: (await run(failed.run!)).name,
    changed: [{ setting: 'optimization.learningRate', from: '1e+30', to: String(remedy[0]!.value) }],
  })
  const { entries } = await answer(server.api.runs.$get({ query: {} }))
  expect(entries.map(({ like }) => like)).toEqual([again.like, null])
  expect(again.dataset?.dataset).toBe((await run(failed.run!)).dataset?.dataset)
})

test('a run is not started again with a setting that does not exist', async () => {
  const json = { changes: { optimization: { rate: 1 } } }
  const { status, code } = await refusal(server.api.runs[':run'].again.$post({ param: { run: 'r1' }, json }))
  expect([status, code]).toEqual([400, 'invalid-recipe'])
})

test('a run that is planned again is checked with the changes over its own settings, and gets the name', async () => {
  const recipe = { data: { crop: 40, scale: 48 }, seed: 3 }
  const check = await answer(server.api.plan.check.$post({ json: { like: 'r1', recipe, dataset: 'd1' } }))
  expect(check.recipe).toMatchObject({ ...recipe, data: { crop: 40, scale: { min: 48, max: 48 } } })
  expect(check.recipe?.optimization).toMatchObject({ learningRate: 1e30, microBatch: 'auto' })
  const json = { name: 'the other', changes: { ...recipe, optimization: { learningRate: 0.01 } } }
  const { job } = await answer(server.api.runs[':run'].again.$post({ param: { run: 'r1' }, json }))
  const other = await run((await server.settled(job)).run!)
  expect(other.name).toBe('the other')
  expect(other.like?.changed).toEqual([
    { setting: 'data.crop', from: '32', to: '40' },
    { setting: 'data.scale', from: '36', to: '48' },
    { setting: 'optimization.learningRate', from: '1e+30', to: '0.01' },
    { setting: 'seed', from: '0', to: '3' },
  ])
  const taken = await refusal(server.api.runs[':run'].again.$post({ param: { run: 'r1' }, json }))
  expect(taken).toMatchObject({ status: 409, code: 'name-taken' })
})

test('what is deleted is no longer said to be repeated', async () => {
  await answer(server.api.runs[':run'].$delete({ param: { run: 'r1' } }))
  const { entries } = await answer(server.api.runs.$get({ query: {} }))
  expect(entries.map(({ like }) => like)).toEqual([null, null])
})
