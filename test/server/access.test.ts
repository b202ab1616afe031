import { request } from 'node:http'
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { limitAttempts } from '../../core/server/access/attempts.ts'
import { newSession, isSession, sameSecret } from '../../core/server/access/secrets.ts'
import {
  browserSession,
  remove,
  socketHost,
  temporaryFolder,
  testServer,
  type TestServer,
} from './support.ts'

let server: TestServer
let renderer: string

beforeAll(async () => {
  renderer = temporaryFolder()
  copyFileSync(join(import.meta.dirname, '../../renderer/index.html'), join(renderer, 'index.html'))
  mkdirSync(join(renderer, 'assets'))
  writeFileSync(join(renderer, 'assets', 'app-1234.js'), 'console.log(1)')
  server = await testServer({ renderer })
})
afterAll(async () => {
  await server.close()
  remove(server.home, renderer)
})

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly socketPath?: string
}

/** `fetch` chooses Host and Origin itself; an attacker does not. */
function ask({ path = '/api/settings', method = 'GET', headers = {}, socketPath }: Asked) {
  const { hostname, port } = new URL(server.url)
  const where = socketPath === undefined ? { hostname, port } : { socketPath }
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const outgoing = request({ ...where, path, method, headers }, (incoming) => {
        let body = ''
        incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
        incoming.on('end', () => resolve({ status: incoming.statusCode!, body, headers: incoming.headers }))
      })
      outgoing.on('error', reject)
      outgoing.end()
    },
  )
}

const bearer = () => ({ authorization: `Bearer ${server.discovery.token}` })

test('without a token or a session nothing is answered', async () => {
  for (const path of [
    '/api/settings',
    '/api/events',
    '/api/datasets/d1/images',
    '/',
    '/assets/app-1234.js',
  ]) {
    expect(await ask({ path }), path).toMatchObject({ status: 401 })
  }
  expect((await ask({})).body).toContain('no-session')
  const wrong = await ask({ headers: { authorization: `Bearer ${server.discovery.token.slice(0, -1)}` } })
  expect(wrong.status).toBe(401)
  const forged = await ask({
    headers: { cookie: `vgg-studio-${new URL(server.url).port}=9999999999999.x.y` },
  })
  expect(forged.status).toBe(401)
})

test('after twenty different wrong credentials in a minute no new one is looked at, and who is in stays in', () => {
  let time = 0
  const { attempt } = limitAttempts(() => time)
  const enter = (key: string): string =>
    attempt(key, () => {
      if (!key.startsWith('good')) throw new StudioError('no-session', { what: 'ended' })
      return key
    })
  enter('good-1')
  for (let guess = 0; guess < 19; guess++) {
    time += 1000
    // The same one again, as an open page asks, is no other guess.
    for (let repeat = 0; repeat < 5; repeat++)
      expect(() => enter(`guess-${guess}`)).toThrow(expect.objectContaining({ code: 'no-session' }))
  }
  expect(enter('good-2')).toBe('good-2')
  expect(() => enter('guess-19')).toThrow(expect.objectContaining({ code: 'no-session' }))
  const refusal = expect.objectContaining({
    fact: { code: 'too-many-attempts', values: { seconds: 42 } },
  }) as Error
  expect(() => enter('guess-20')).toThrow(refusal)
  expect(() => enter('good-3')).toThrow(refusal)
  expect([enter('good-1'), enter('good-2')]).toEqual(['good-1', 'good-2'])
  time += 42_000
  expect(enter('good-3')).toBe('good-3')
})

test('guesses at the door are refused with 429, while the token still opens it', async () => {
  const own = await testServer({ renderer })
  const { hostname, port } = new URL(own.url)
  const enter = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    (await fetch(`http://${hostname}:${port}${path}`, { headers })).status
  const token = { authorization: `Bearer ${own.discovery.token}` }
  expect(await enter('/api/settings', token)).toBe(200)
  const answers: number[] = []
  for (let guess = 0; guess < 22; guess++) answers.push(await enter(`/enter?key=${guess}`))
  expect(answers).toEqual([...Array<number>(20).fill(401), 429, 429])
  expect(await enter('/api/settings', { authorization: 'Bearer x' })).toBe(429)
  expect(await enter('/api/settings', token)).toBe(200)
  await own.close()
  remove(own.home)
})

test('the token opens both doors', async () => {
  expect((await ask({ headers: bearer() })).status).toBe(200)
  const { socket } = server.discovery
  expect((await ask({ socketPath: socket, headers: { host: socketHost, ...bearer() } })).status).toBe(200)
  expect((await ask({ socketPath: socket, headers: { host: socketHost } })).status).toBe(401)
})

test('another host name is refused, also with the token, so that no page can rebind its name to this machine', async () => {
  for (const host of ['evil.example', '127.0.0.1:1', `evil.example:${new URL(server.url).port}`]) {
    const { status, body } = await ask({ headers: { ...bearer(), host } })
    expect([status, body]).toEqual([403, expect.stringContaining('wrong-host')])
  }
  const { port } = new URL(server.url)
  expect((await ask({ headers: { ...bearer(), host: `localhost:${port}` } })).status).toBe(200)
  const { socket } = server.discovery
  expect((await ask({ socketPath: socket, headers: { ...bearer(), host: 'localhost' } })).status).toBe(403)
})

test('requests that other pages make are refused, with the session too', async () => {
  const { cookie, origin } = await browserSession(server)
  expect((await ask({ headers: { cookie } })).status).toBe(200)
  for (const headers of [
    { cookie, origin: 'http://evil.example' },
    { cookie, origin: 'null' },
    { cookie, origin: 'http://127.0.0.1:1' },
    { cookie, 'sec-fetch-site': 'cross-site' },
    { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  ]) {
    expect((await ask({ headers })).status, JSON.stringify(headers)).toBe(403)
  }
  const path = '/api/samples/nothing/import'
  const change = (headers: Record<string, string>) => ask({ method: 'POST', path, headers })
  expect((await change({ cookie })).status).toBe(403)
  expect((await change({ cookie, origin })).status).toBe(404)
})

test('a link lets one browser in, once, with a cookie that scripts and other sites do not get', async () => {
  const link = server.link()
  const key = link.slice(server.url.length)
  expect((await ask({ path: key, method: 'HEAD' })).status).toBe(401)
  const first = await fetch(link)
  expect(first.status).toBe(200)
  expect(first.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Strict$/)
  expect(await first.text()).toContain('http-equiv="refresh"')
  const second = await fetch(link, { headers: { accept: 'text/html' } })
  expect(second.status).toBe(401)
  expect(second.headers.getSetCookie()).toEqual([])
  expect(await second.text()).toContain('works once')
  expect((await ask({ path: '/enter?key=' })).status).toBe(401)
})

test('a page comes in the theme that was chosen, before it has asked for any', async () => {
  const page = async (): Promise<string> => (await ask({ path: '/runs', headers: bearer() })).body
  const built = readFileSync(join(renderer, 'index.html'), 'utf8')
  expect(await page()).toBe(built)
  const choose = (theme: string) =>
    fetch(new URL('/api/settings', server.url), {
      method: 'PATCH',
      headers: { ...bearer(), 'content-type': 'application/json' },
      body: JSON.stringify({ theme }),
    })
  await choose('dark')
  expect(await page()).toContain('<html data-theme="dark" lang="en">')
  expect(await page()).toContain('<meta name="color-scheme" content="dark" />')
  expect(await (await fetch(server.link())).text()).toContain('<meta name="color-scheme" content="dark">')
  await choose('system')
  expect(await page()).toBe(built)
})

test('a session outlives the server, and ends with its time', () => {
  const key = 'k'.repeat(43)
  const value = newSession(key, 0)
  expect(isSession(key, value, 1000)).toBe(true)
  expect(isSession(key, value, 31 * 86_400_000)).toBe(false)
  expect(isSession('other'.repeat(9), value, 1000)).toBe(false)
  expect(isSession(key, value.replace(/^\d+/, '99999999999999'), 1000)).toBe(false)
  expect(sameSecret('a', 'a')).toBe(true)
  expect(sameSecret('a', 'ab')).toBe(false)
})

test('what only programs may do is refused to windows, in a browser and in Electron', async () => {
  const { cookie, origin } = await browserSession(server)
  const path = '/api/session/link'
  expect((await ask({ method: 'POST', path, headers: { cookie, origin } })).status).toBe(403)
  const { socket } = server.discovery
  const window = { host: socketHost, ...bearer(), 'studio-window': '1' }
  expect((await ask({ socketPath: socket, method: 'POST', path, headers: window })).status).toBe(403)
  expect((await ask({ method: 'POST', path, headers: bearer() })).status).toBe(200)
})

test('the discovery file and its folder are for their user alone', () => {
  const folder = join(server.home, 'server')
  const mode = (path: string) => statSync(path).mode & 0o777
  expect(mode(join(folder, 'server.json'))).toBe(0o600)
  expect(mode(join(folder, 'session-key'))).toBe(0o600)
  expect(mode(folder)).toBe(0o700)
  expect(mode(join(server.discovery.socket, '..'))).toBe(0o700)
})

test('pages come with a strict policy, views fall back to the page, and nothing outside is served', async () => {
  const { cookie } = await browserSession(server)
  const page = await ask({ path: '/runs/r1?x=1', headers: { cookie } })
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('VGG Studio')])
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
  expect(page.headers['x-content-type-options']).toBe('nosniff')
  const script = await ask({ path: '/assets/app-1234.js', headers: { cookie } })
  expect(script.headers['cache-control']).toContain('immutable')
  for (const path of [
    '/../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/hosts.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
  ]) {
    const { body } = await ask({ path, headers: { cookie } })
    expect(body, path).not.toContain('root:')
  }
  expect((await ask({ path: '/missing.js', headers: { cookie } })).status).toBe(404)
  expect((await ask({ path: '/api/missing', headers: { cookie } })).status).toBe(404)
})

test('a second server for the same home is refused, and says who is there', async () => {
  await expect(testServer({ home: server.home })).rejects.toMatchObject({
    code: 'server-running',
    message: expect.stringContaining(String(process.pid)),
  })
})
