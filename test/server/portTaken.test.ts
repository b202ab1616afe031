import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { answer, importSmallFolder, remove, temporaryFolder, testServer, tinyRecipe } from './support.ts'

const home = temporaryFolder()
const taken = createServer()
afterAll(() => {
  taken.close()
  remove(home)
})

test('a server that cannot have its port starts none of the jobs that wait, and leaves nothing running', async () => {
  const server = await testServer({ home })
  const folder = await importSmallFolder(server)
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1000 } }
  await answer(server.api.runs.$post({ json: { dataset: 'd1', recipe } }))
  const { job } = await answer(server.api.runs.$post({ json: { dataset: 'd1', recipe } }))
  await server.close()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const before = readFileSync(join(home, 'server/queue.json'), 'utf8')
  expect(before).toContain(`"waiting":[{"id":"${job.id}"`)
  await expect(testServer({ home, port })).rejects.toMatchObject({ code: 'port-taken' })
  expect(readFileSync(join(home, 'server/queue.json'), 'utf8')).toBe(before)
  remove(folder)
})
