import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContext } from '../../core/jobs/context/context.ts'
import { trainRun } from '../../core/jobs/train.ts'
import {
  answer,
  remove,
  smallFolder,
  temporaryFolder,
  testServer,
  tinyRecipe,
  type TestServer,
} from './support.ts'

const home = temporaryFolder()
const folder = smallFolder()
let server: TestServer
beforeAll(async () => {
  const context = openContext({ home })
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  context.registry.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${context.home.registry}${suffix}`, { force: true })
  mkdirSync(join(home, 'runs/r7'))
  writeFileSync(join(home, 'runs/r7/last.safetensors'), 'torn')
  server = await testServer({ home })
}, 60_000)
afterAll(async () => {
  await server.close()
  remove(home, folder)
})

test('runs whose registry is lost are listed as lost, and restored on demand', async () => {
  const list = () => answer(server.api.runs.$get({ query: {} }))
  expect(await list()).toMatchObject({ total: 0, lost: ['r1', 'r7'] })
  expect(await answer(server.api.runs.recover.$post())).toMatchObject({
    recovered: [{ run: 'r1', name: 'recovered-A-1', epochs: 1 }],
    failed: [
      { folder: join(home, 'runs/r7'), reason: expect.stringContaining('last.safetensors') as string },
    ],
  })
  expect(await list()).toMatchObject({
    total: 1,
    entries: [{ run: 'r1', status: 'completed', epochs: 1 }],
    lost: ['r7'],
  })
})

test('a server whose registry is damaged rebuilds it, says so, and keeps the damaged file', async () => {
  const own = temporaryFolder()
  const context = openContext({ home: own })
  const { run } = await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  context.registry.close()
  for (const suffix of ['-wal', '-shm']) rmSync(`${context.home.registry}${suffix}`, { force: true })
  writeFileSync(context.home.registry, 'no database '.repeat(400))
  expect(() => openContext({ home: own })).toThrow(/is damaged/)

  const rebuilt = await testServer({ home: own })
  const page = await answer(rebuilt.api.runs.$get({ query: {} }))
  expect(page).toMatchObject({
    entries: [{ run, status: 'completed', epochs: 1 }],
    lost: [],
    rebuilt: { rows: 0, restored: ['recovered-A-1'] },
  })
  const { kept } = page.rebuilt!
  expect(readFileSync(kept, 'utf8')).toMatch(/^no database/)
  await rebuilt.close()

  const next = await testServer({ home: own })
  expect((await answer(next.api.runs.$get({ query: {} }))).rebuilt).toBeNull()
  await next.close()
  remove(own)
})

test('only who may use the server takes runs in', async () => {
  const { status } = await fetch(`${server.url}/api/runs/recover`, { method: 'POST' })
  expect(status).toBe(401)
})
