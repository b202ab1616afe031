import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseFingerprint } from '../../core/dataset/fingerprint.ts'
import { openRegistry, type Registry } from '../../core/registry/registry.ts'
import { answer, importSmallFolder, remove, testServer, tinyRecipe, type TestServer } from './support.ts'
import { join } from 'node:path'

let server: TestServer
let folder: string
let registry: Registry

beforeAll(async () => {
  server = await testServer()
  folder = await importSmallFolder(server)
  const { api, settled } = server
  const { job } = await answer(api.runs.$post({ json: { dataset: 'd1', recipe: tinyRecipe } }))
  await settled(job)
  const evaluating = await answer(api.evaluations.$post({ json: { run: 'r1' } }))
  await settled(evaluating.job)
  registry = openRegistry(join(server.home, 'registry.sqlite'), { reading: true })
})

afterAll(async () => {
  registry.close()
  await server.close()
  remove(folder, server.home)
})

/** How unlike two images are: the low frequencies of the gray pictures, and the mean colors. */
function unlikeness(a: number, b: number): number {
  const { images } = registry.datasets.manifest('d1')
  const [one, other] = [a, b].map((position) => parseFingerprint(images[position]!.fingerprint!))
  const squares = (x: ArrayLike<number>, y: ArrayLike<number>, unit: number): number =>
    Array.from(x).reduce((sum, value, at) => sum + ((value - y[at]!) / unit) ** 2, 0)
  return squares(one!.vector, other!.vector, 1) + squares(one!.color, other!.color, 255)
}

const ascending = (values: readonly number[]): void =>
  values.slice(1).forEach((value, at) => expect(value).toBeGreaterThanOrEqual(values[at]! - 1e-6))

test('a data set’s images are listed by how much they look like one of them, a page at a time', async () => {
  const list = (query: object) =>
    answer(
      server.api.datasets[':dataset'].images.$get({
        param: { dataset: 'd1' },
        query: { sort: 'similar', split: 'train', ...query },
      }),
    )
  const { images } = registry.datasets.manifest('d1')
  const like = images.findIndex(({ split, label }) => split === 'train' && label === 1)
  const whole = await list({ like: String(like), limit: '100' })
  expect(whole.total).toBe(36)
  const order = whole.entries.map(({ position }) => position)
  expect(order[0]).toBe(like)
  expect(new Set(order).size).toBe(36)
  ascending(order.map((position) => unlikeness(like, position)))
  const page = await list({ like: String(like), offset: '10', limit: '5' })
  expect(page.entries).toEqual(whole.entries.slice(10, 15))
  expect(await list({ like: String(like), before: String(order[7]), limit: '1' })).toMatchObject({ total: 7 })
  // Without one it begins with the first of the list.
  const first = images.findIndex(({ split }) => split === 'train')
  expect((await list({ limit: '1' })).entries).toMatchObject([{ position: first }])
})

test('an evaluation’s images are listed likewise, and by name and size', async () => {
  const list = (query: object) =>
    answer(
      server.api.evaluations[':evaluation'].images.$get({
        param: { evaluation: 'e1' },
        query: { limit: '100', ...query },
      }),
    )
  const all = await list({ sort: 'position' })
  const like = all.entries[5]!.position
  const alike = (await list({ sort: 'similar', like: String(like) })).entries
  expect(alike).toHaveLength(all.total)
  expect(alike[0]).toEqual(all.entries[5])
  ascending(alike.map(({ position }) => unlikeness(like, position)))
  const where = { evaluation: 'e1', image: String(alike[3]!.position) }
  const one = await answer(
    server.api.evaluations[':evaluation'].images[':image'].$get({
      param: where,
      query: { sort: 'similar', like: String(like) },
    }),
  )
  expect(one.place).toBe(3)

  const names = (await list({ sort: 'name' })).entries.map(({ path }) => path)
  expect(names).toEqual([...names].sort())
  for (const [sort, sign] of [
    ['largest', -1],
    ['smallest', 1],
  ] as const)
    ascending((await list({ sort })).entries.map(({ width, height }) => sign * width * height))
})
