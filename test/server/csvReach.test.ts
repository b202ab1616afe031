import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { png } from '../dataset/folders.ts'
import { browserSession, refusal, remove, temporaryFolder, testServer, type TestServer } from './support.ts'

let server: TestServer
let root: string
let secret: string
let window: { cookie: string; origin: string }
let owner: { authorization: string }

/** Paths of a CSV in `root/pictures` that lead out of it. */
let outside: readonly string[]

beforeAll(async () => {
  root = temporaryFolder()
  secret = temporaryFolder()
  for (const folder of ['pictures', 'other']) mkdirSync(join(root, folder))
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries())
    writeFileSync(join(root, 'pictures', `${name}.png`), await png(index))
  writeFileSync(join(root, 'other', 'e.png'), await png(8))
  writeFileSync(join(secret, 'mine.png'), await png(9))
  symlinkSync(secret, join(root, 'pictures', 'link'))
  outside = [
    join(secret, 'mine.png'),
    `../../${secret.split('/').at(-1)!}/mine.png`,
    `${root}/pictures/../../${secret.split('/').at(-1)!}/mine.png`,
    '..\\other\\e.png',
    'link/mine.png',
    join(secret, 'none.png'),
    '../other/none.png',
  ]
  server = await testServer({ roots: [root] })
  window = await browserSession(server)
  owner = { authorization: `Bearer ${server.discovery.token}` }
  await send('folders/choose', { path: join(root, 'pictures') })
})
afterAll(async () => {
  await server.close()
  remove(server.home, root, secret)
})

function send(path: string, body: unknown, headers: Record<string, string> = window): Promise<Response> {
  return fetch(`${server.url}/api/${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
const read = (path: string): Promise<Response> => fetch(`${server.url}/api/${path}`, { headers: window })

interface Imported {
  readonly dataset: string
  readonly paths: readonly string[]
  readonly problems: readonly { position: number; path: string; code: string; reason: string }[]
}

async function imported(sent: Promise<Response>): Promise<Imported> {
  const { job } = (await (await sent).json()) as { job: { id: string } }
  expect(await server.settled(job)).toMatchObject({ state: 'completed' })
  const { datasets } = (await (await read('datasets')).json()) as { datasets: { id: string }[] }
  const dataset = datasets.at(-1)!.id
  const images = (await (await read(`datasets/${dataset}/images`)).json()) as { entries: { path: string }[] }
  const problems = (await (await read(`datasets/${dataset}/problems`)).json()) as {
    entries: Imported['problems']
  }
  return { dataset, paths: images.entries.map(({ path }) => path), problems: problems.entries }
}

function list(name: string, rows: readonly string[]): { source: string; list: string } {
  const own = ['a.png,cat', 'b.png,cat', 'c.png,dog', 'd.png,dog']
  writeFileSync(join(root, 'pictures', name), ['path,label', ...own, ...rows].join('\n'))
  return { source: join(root, 'pictures'), list: name }
}

const inside = ['a.png', 'b.png', 'c.png', 'd.png']

test('rows of a CSV that lead out of the chosen folders are neither read, nor shown, nor told apart for a browser', async () => {
  const rows = outside.map((path, index) => `${path},${index % 2 === 0 ? 'cat' : 'dog'}`)
  const unlabelled = `${secret}/./mine.png,`
  const { dataset, paths, problems } = await imported(
    send('datasets/import', list('escape.csv', [...rows, unlabelled])),
  )
  expect(paths).toEqual(inside)
  expect(problems.map(({ code }) => code)).toEqual(Array(outside.length + 1).fill('outside'))
  expect(problems[0]!.reason).toMatch(/Line \d+: it lies outside .* Choose its folder/)
  for (const { position } of problems)
    expect(await refusal(read(`datasets/${dataset}/problems/${position}/picture`))).toMatchObject({
      status: 403,
      code: 'outside',
    })
})

test('a list that is a link to one elsewhere is not read for a browser', async () => {
  writeFileSync(join(secret, 'words.csv'), 'path,label\nmine.png,cat\nmine.png,dog\n')
  symlinkSync(join(secret, 'words.csv'), join(root, 'pictures', 'linked.csv'))
  const sent = send('datasets/import', { source: join(root, 'pictures'), list: 'linked.csv' })
  const { job } = (await (await sent).json()) as { job: { id: string } }
  expect(await server.settled(job)).toMatchObject({ state: 'failed', error: { code: 'outside' } })
})

test('the person may import such a list; a browser may import it again, but nothing further', async () => {
  const choice = list('person.csv', [`${join(secret, 'mine.png')},cat`])
  const first = await imported(send('datasets/import', { source: choice.source, list: choice.list }, owner))
  expect(first.paths).toHaveLength(5)
  expect(first.problems).toEqual([])
  writeFileSync(join(secret, 'second.png'), await png(10))
  list('person.csv', [`${join(secret, 'mine.png')},cat`, `${join(secret, 'second.png')},dog`])
  const again = await imported(send(`datasets/${first.dataset}/import`, {}))
  expect(again.paths).toEqual(first.paths)
  expect(again.problems).toMatchObject([{ code: 'outside' }])
  const difference = await (await read(`datasets/${again.dataset}/difference`)).json()
  expect(difference).toMatchObject({ unchanged: 5, added: [] })
})

test('once its folder is chosen, a row may lead there', async () => {
  const choice = list('chosen.csv', ['../other/e.png,cat'])
  expect((await imported(send('datasets/import', choice))).paths).toEqual(inside)
  expect((await send('folders/choose', { path: join(root, 'other') })).status).toBe(200)
  expect((await imported(send('datasets/import', choice))).paths).toEqual(['../other/e.png', ...inside])
})
