import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forward } from '../../electron/forward.ts'

let server: Server
let folder: string
let socket: string
let answer: (request: IncomingMessage, response: ServerResponse) => unknown

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  socket = join(folder, 's')
  server = createServer((request, response) => void answer(request, response))
  await once(server.listen(socket), 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  answer = (_, response) => response.end('plain')
})

const get = (path: string, init?: RequestInit) =>
  forward(new Request(`app://vgg-studio${path}`, init), socket, 'secret')

test('path, query, method, headers and body arrive; what is the application’s own is set by it, not by the page', async () => {
  let got: Record<string, unknown> = {}
  answer = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    got = { method: request.method, url: request.url, headers: request.headers, body }
    response.writeHead(201, { 'content-type': 'text/x', 'x-many': ['a', 'b'] }).end('made')
  }
  const headers = {
    'content-type': 'application/json',
    authorization: 'Bearer forged',
    cookie: 'a=b',
    host: 'evil',
  }
  const response = await get('/api/x%20y?q=1&r=ä', { method: 'POST', headers, body: '{"a":1}' })
  expect([response.status, await response.text(), response.headers.get('x-many')]).toEqual([
    201,
    'made',
    'a, b',
  ])
  expect(got).toMatchObject({ method: 'POST', url: '/api/x%20y?q=1&r=%C3%A4', body: '{"a":1}' })
  expect(got['headers']).toMatchObject({
    host: 'vgg-studio',
    authorization: 'Bearer secret',
    'content-type': 'application/json',
    'studio-window': '1',
  })
  expect(got['headers']).not.toHaveProperty('cookie')
})

test('an answer flows as it comes, also after a long silence', async () => {
  answer = async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('one')
    await delay(5500)
    response.end('two')
  }
  const reader = (await get('/api/events')).body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toBe('one')
  expect((await reader.read()).value).toBe('two')
  expect((await reader.read()).done).toBe(true)
})

test('a body flows as it is made', async () => {
  let first: string | undefined
  const gate = Promise.withResolvers<undefined>()
  answer = async (request, response) => {
    request.setEncoding('utf8')
    for await (const chunk of request as AsyncIterable<string>) {
      first ??= chunk
      gate.resolve(undefined)
    }
    response.end('done')
  }
  async function* pieces() {
    yield new TextEncoder().encode('piece 1')
    await gate.promise
    yield new TextEncoder().encode('piece 2')
  }
  const body = ReadableStream.from(pieces())
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  expect(await (await get('/api/predict/upload', init)).text()).toBe('done')
  expect(first).toBe('piece 1')
})

test('canceling the answer, or aborting the request, ends it on the server', async () => {
  const closed: string[] = []
  answer = (request, response) => {
    response.on('close', () => closed.push(request.url!))
    response.writeHead(200)
    response.write('begun')
  }
  const response = await get('/canceled')
  await response.body!.cancel()
  const abort = new AbortController()
  const aborted = await get('/aborted', { signal: abort.signal })
  abort.abort()
  await expect(aborted.text()).rejects.toThrow()
  const before = new AbortController()
  answer = (request, response) => void response.on('close', () => closed.push(request.url!))
  const unanswered = get('/unanswered', { signal: before.signal })
  await delay(50)
  before.abort()
  await expect(unanswered).rejects.toThrow()
  for (let tries = 0; closed.length < 3 && tries < 100; tries++) await delay(10)
  expect(closed).toEqual(['/canceled', '/aborted', '/unanswered'])
})

test('answers without a body, and no server at all', async () => {
  answer = (_, response) => response.writeHead(304, { etag: '"x"' }).end()
  const response = await get('/picture')
  expect([response.status, response.headers.get('etag'), response.body]).toEqual([304, '"x"', null])
  await expect(forward(new Request('app://vgg-studio/api'), join(folder, 'none'), 'x')).rejects.toThrow(
    'ENOENT',
  )
})
