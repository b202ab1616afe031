import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { answer, refusal, remove, smallFolder, testServer, tinyRecipe, type TestServer } from './support.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: TestServer
let folder: string

beforeAll(async () => {
  folder = smallFolder()
  server = await testServer()
  await answer(server.api.folders.choose.$post({ json: { path: folder } }))
  const { job } = await answer(
    server.api.datasets.import.$post({ json: { source: folder, name: 'clothes' } }),
  )
  await server.settled(job)
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
    server.api.runs[':run'].again.$post({ param: { run: failed.run! }, json: { changes: [...remedy] } }),
  )
  const done = await server.settled(job)
  expect(done).toMatchObject({ kind: 'train', state: 'completed' })
  const again = await run(done.run!)
  expect(again.recipe.optimization.learningRate).toBe(remedy[0]!.value)
  expect(again.remedy).toEqual([])
  expect(again.dataset?.dataset).toBe((await run(failed.run!)).dataset?.dataset)
})

test('a run is not started again with a setting that there is not', async () => {
  const json = { changes: [{ setting: 'optimization.rate', value: 1 }] }
  const { status, code } = await refusal(server.api.runs[':run'].again.$post({ param: { run: 'r1' }, json }))
  expect([status, code]).toEqual([400, 'invalid-recipe'])
})
