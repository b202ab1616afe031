import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { answer, remove, smallFolder, temporaryFolder, testServer, tinyRecipe } from './support.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000 })

let folder: string
let home: string

beforeAll(() => {
  folder = smallFolder()
  home = temporaryFolder()
})
afterAll(() => remove(folder, home))

test('a server that ends answers what it was asked before, and asks nothing of a registry that is closed', async () => {
  const unforeseen: unknown[] = []
  const server = await testServer({ home, onError: (error) => unforeseen.push(error) })
  const { api } = server
  await answer(api.folders.choose.$post({ json: { path: folder } }))
  const { job } = await answer(api.datasets.import.$post({ json: { source: folder } }))
  await server.settled(job)
  const training = await answer(api.runs.$post({ json: { dataset: 'd1', recipe: tinyRecipe } }))
  await server.settled(training.job)

  const ask = () => [
    api.runs[':run'].$get({ param: { run: 'r1' } }),
    api.runs[':run'].steps.$get({ param: { run: 'r1' }, query: {} }),
    api.runs[':run'].batch.$get({ param: { run: 'r1' }, query: {} }),
    api.exports.$get({ query: {} }),
    api.datasets[':dataset'].health.$get({ param: { dataset: 'd1' } }),
    api.system.$get(),
  ]
  const outcomes: Promise<number | 'refused'>[] = []
  let closed = false
  const keepAsking = (async () => {
    while (!closed) {
      for (const request of ask()) {
        outcomes.push(
          request.then(
            async (response) => {
              await response.arrayBuffer()
              return response.status
            },
            () => 'refused' as const,
          ),
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await server.close()
  closed = true
  await keepAsking
  const seen = new Set(await Promise.all(outcomes))
  expect(unforeseen).toEqual([])
  expect(seen).toContain(200)
  // 503: it is closing; 409 and other refusals have no place here, and 500 least of all.
  expect([...seen].filter((outcome) => ![200, 503, 'refused'].includes(outcome))).toEqual([])
  await server.close()
})
