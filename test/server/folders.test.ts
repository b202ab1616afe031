import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browserSession, refusal, remove, temporaryFolder, testServer, type TestServer } from './support.ts'
import { isInside } from '../../core/dataset/reach.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { manifestOf, options } from '../registry/sample.ts'

let server: TestServer
let root: string
let secret: string
let window: { cookie: string; origin: string }

beforeAll(async () => {
  root = temporaryFolder()
  secret = temporaryFolder()
  for (const name of ['pictures/cats', 'pictures/dogs', '.hidden/inside'])
    mkdirSync(join(root, name), { recursive: true })
  writeFileSync(join(root, 'pictures', 'one.jpg'), '')
  symlinkSync(secret, join(root, 'elsewhere'))
  symlinkSync(join(root, 'pictures'), join(root, 'album'))
  server = await testServer({ roots: [root] })
  window = await browserSession(server)
})
afterAll(async () => {
  await server.close()
  remove(server.home, root, secret)
})

const list = (path?: string) =>
  fetch(`${server.url}/api/folders${path === undefined ? '' : `?path=${encodeURIComponent(path)}`}`, {
    headers: window,
  })
const post = (path: string, body: unknown, headers: Record<string, string> = window) =>
  fetch(`${server.url}/api/${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('browsing starts at a few roots and goes down from there', async () => {
  const { folders } = (await (await list()).json()) as { folders: { path: string }[] }
  expect(folders.map(({ path }) => path)).toContain(root)
  const inside = await (await list(root)).json()
  expect(inside).toMatchObject({ path: root, parent: null, images: 0 })
  expect((inside as { folders: { name: string }[] }).folders.map(({ name }) => name)).toEqual([
    'album',
    'elsewhere',
    'pictures',
  ])
  expect(await (await list(join(root, 'pictures'))).json()).toMatchObject({ parent: root, images: 1 })
})

test('what lies outside of the roots is refused, whatever way leads there', async () => {
  for (const path of [
    '/etc',
    '/',
    secret,
    join(root, 'elsewhere'),
    join(root, '..'),
    `${root}/pictures/../../..`,
    join(root, '.hidden'),
    join(root, '.hidden', 'inside'),
    `${root}x`,
    `${root}\0`,
  ]) {
    const { status, code } = await refusal(list(path))
    expect(['outside', 'not-a-folder'], path).toContain(code)
    expect([400, 403], path).toContain(status)
  }
})

test('a path is taken as a person types it; where it is refused, the hint names the option that allows it', async () => {
  expect(await (await list('~')).json()).toMatchObject({ path: realpathSync(homedir()) })
  const answer = await (await list(secret)).json()
  expect(answer).toMatchObject({ error: { hint: expect.stringContaining(`serve --folder ${secret}`) } })
})

test('only folders that the person chose, and what lies in them, can be imported', async () => {
  const pictures = join(root, 'pictures')
  expect(await refusal(post('datasets/import', { source: pictures }))).toMatchObject({
    status: 403,
    code: 'outside',
  })
  expect(await (await post('folders/choose', { path: join(root, 'album') })).json()).toEqual({
    path: pictures,
    name: 'pictures',
    subfolders: ['cats', 'dogs'],
    lists: [],
  })
  expect((await post('datasets/import', { source: pictures })).status).toBe(202)
  expect((await post('datasets/import', { source: join(pictures, 'cats') })).status).toBe(202)
  expect(await refusal(post('datasets/import', { source: root }))).toMatchObject({ code: 'outside' })
  expect(await refusal(post('datasets/import', { source: join(pictures, '..', 'elsewhere') }))).toMatchObject(
    { code: 'outside' },
  )
  expect(await refusal(post('exports', { run: 'r1', format: 'onnx', folder: secret }))).toMatchObject({
    code: 'outside',
  })
})

test('a CSV file in a chosen folder may hold the labels; nothing else is taken for one', async () => {
  const pictures = join(root, 'pictures')
  writeFileSync(join(pictures, 'labels.csv'), 'path,label')
  expect(await (await post('folders/choose', { path: pictures })).json()).toMatchObject({
    lists: ['labels.csv'],
  })
  const answer = await post('datasets/import', { source: pictures, list: 'labels.csv' })
  expect(await answer.json()).toMatchObject({ job: { title: 'Import labels.csv' } })
  for (const list of ['../labels.csv', 'cats', '..', 'a/b.csv'])
    expect(await refusal(post('datasets/import', { source: pictures, list }))).toMatchObject({
      code: 'invalid-request',
    })
})

test('Electron’s main process may choose any folder for its window; the window itself may not', async () => {
  const owner = { authorization: `Bearer ${server.discovery.token}` }
  const asWindow = { ...owner, 'studio-window': '1' }
  expect(await refusal(post('folders/choose', { path: secret }, asWindow))).toMatchObject({ code: 'outside' })
  expect((await post('folders/choose', { path: secret }, owner)).status).toBe(200)
  // What was chosen in the system's dialog is the window's from then on, wherever it lies.
  expect((await post('folders/choose', { path: secret }, asWindow)).status).toBe(200)
  expect((await post('datasets/import', { source: secret }, asWindow)).status).toBe(202)
})

test('folders that data sets came from are offered, and can be gone through wherever they lie', async () => {
  const own = temporaryFolder()
  mkdirSync(join(own, 'cats'))
  const registry = openRegistry(join(server.home, 'registry.sqlite'))
  registry.datasets.add(manifestOf(own, 20), options)
  registry.close()
  const { recent } = (await (await list()).json()) as { recent: { name: string; path: string }[] }
  expect(recent[0]).toEqual({ name: basename(own), path: own })
  expect(await (await list(own)).json()).toMatchObject({ path: own, parent: null, recent: [] })
  expect(await refusal(list(join(own, '..')))).toMatchObject({ code: 'outside' })
  remove(own)
})

test('requests that do not fit their schema are refused with the field', async () => {
  const wrong = await refusal(post('datasets/import', { source: root, validation: 2, extra: 1 }))
  expect(wrong).toMatchObject({ status: 400, code: 'invalid-request' })
  expect(wrong.message).toMatch(/validation: .*extra/)
  expect(await refusal(fetch(`${server.url}/api/datasets/r1`, { headers: window }))).toMatchObject({
    status: 400,
  })
  expect(await refusal(fetch(`${server.url}/api/datasets/d99`, { headers: window }))).toMatchObject({
    status: 404,
    code: 'not-found',
  })
  const broken = { method: 'POST', headers: { ...window, 'content-type': 'application/json' }, body: '{' }
  expect(await refusal(fetch(`${server.url}/api/folders/choose`, broken))).toMatchObject({
    code: 'invalid-request',
  })
  const huge = { path: 'x'.repeat(5_000_000) }
  expect(await refusal(post('folders/choose', huge))).toMatchObject({ status: 413 })
  const piecewise = (text: string) => {
    const body = new Blob([text]).stream()
    return fetch(`${server.url}/api/folders/choose`, { ...broken, body, duplex: 'half' } as RequestInit)
  }
  expect(await refusal(piecewise(JSON.stringify(huge)))).toMatchObject({ status: 413 })
  expect((await piecewise(JSON.stringify({ path: root }))).status).toBe(200)
})

test('a path is inside its own folder and those above, by whole names', () => {
  expect(isInside('/a/b', '/a/b')).toBe(true)
  expect(isInside('/a/b', '/a/b/..c')).toBe(true)
  expect(isInside('/a/b', '/a/bc')).toBe(false)
  expect(isInside('/a/b', '/a')).toBe(false)
  expect(isInside('/', '/a')).toBe(true)
})
