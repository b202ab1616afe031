import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request } from 'node:https'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTls } from '../../core/server/access/tls.ts'
import { remove, temporaryFolder, testServer, type TestServer } from './support.ts'

// test/fixtures/tls was made with openssl: machine.pem is for studio.example and 127.0.0.1, for a hundred years; other.key
// is that of nameless.pem, which is for no name.
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const [cert, key] = [fixture('machine.pem'), fixture('machine.key')]
const home = temporaryFolder()
let server: TestServer
let port: string

beforeAll(async () => {
  server = await testServer({ home, reachable: { host: '0.0.0.0', tls: await readTls(cert, key) } })
  ;({ port } = new URL(server.url))
})
afterAll(async () => {
  await server.close()
  remove(home)
})

/** Trusts that certificate alone, and checks the name. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}) {
  const options = { ca: readFileSync(cert), servername: 'studio.example', host: '127.0.0.1', port }
  const host = `studio.example:${port}`
  return new Promise<{ status: number; cookie: string | undefined }>((resolve, reject) => {
    const outgoing = request({ ...options, path, headers: { host, ...headers } }, (incoming) => {
      incoming.resume()
      resolve({ status: incoming.statusCode!, cookie: incoming.headers['set-cookie']?.[0] })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

test('what others on the network reach is encrypted, under the certificate’s name, with a cookie for it alone', async () => {
  const link = server.link()
  expect(link).toMatch(/^https:\/\/studio\.example:\d+\/enter\?key=/)
  const { status, cookie } = await ask(link.slice(`https://studio.example:${port}`.length))
  expect(status).toBe(200)
  expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/)
  const session = { cookie: cookie!.split(';')[0]! }
  expect((await ask('/api/settings', session)).status).toBe(200)
  expect((await ask('/api/settings')).status).toBe(401)
  expect((await ask('/api/settings', { ...session, origin: 'https://evil.example' })).status).toBe(403)
  expect((await ask('/api/settings', { ...session, origin: `https://127.0.0.1:${port}` })).status).toBe(200)
})

test('names that the certificate is not for are refused, and so is whoever does not encrypt', async () => {
  const authorization = `Bearer ${server.discovery.token}`
  expect((await ask('/api/settings', { authorization })).status).toBe(200)
  expect((await ask('/api/settings', { authorization, host: `localhost:${port}` })).status).toBe(403)
  const plain = new Promise((resolve) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/', headers: { authorization } }, resolve)
    outgoing.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    outgoing.end()
  })
  expect(await plain).toBe('ECONNRESET')
})

test('a certificate that browsers could not use is refused before anything is served, with the reason', async () => {
  const refused = (certificate: string, its: string, now?: number) =>
    expect(readTls(certificate, its, now)).rejects
  await refused(fixture('nowhere.pem'), key).toThrow(/nowhere\.pem can't be read: .*no such file/)
  await refused(key, key).toThrow(/machine\.key is no certificate/)
  await refused(cert, cert).toThrow(/machine\.pem is no private key/)
  await refused(cert, fixture('other.key')).toThrow(/other\.key is not the key of the certificate/)
  await refused(fixture('nameless.pem'), fixture('other.key')).toThrow(/names no machine/)
  await refused(cert, key, Date.parse('2200-01-01')).toThrow(/has expired/)
})

test('an address that is not this machine’s is refused', async () => {
  const reachable = { host: '192.0.2.1', tls: await readTls(cert, key) }
  const other = temporaryFolder()
  await expect(testServer({ home: other, reachable })).rejects.toMatchObject({
    code: 'host-not-here',
    message: 'This machine has no address 192.0.2.1 to serve at (EADDRNOTAVAIL).',
  })
  remove(other)
})

test('the command line serves to others with a certificate only, and names the tunnel', async () => {
  const program = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url))
  const own = temporaryFolder()
  const serve = async (...options: readonly string[]) => {
    const child = spawn(process.execPath, [
      program,
      'serve',
      '--port',
      '0',
      '--home',
      own,
      '--json',
      ...options,
    ])
    let [out, err] = ['', '']
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('"serving"')) child.kill('SIGINT')
    })
    const [code] = (await once(child, 'close')) as [number]
    return { code, err, json: JSON.parse(out.trim().split('\n').at(-1)!) as object }
  }
  const open = await serve('--host', '0.0.0.0')
  expect(open).toMatchObject({ code: 1, json: { error: { code: 'tls-needed' } } })
  expect(open.err).toContain('ssh -L 8440:127.0.0.1:8440')
  expect((await serve('--tls-cert', cert)).json).toMatchObject({ error: { code: 'invalid-tls' } })
  expect(await serve('--host', '0.0.0.0', '--tls-cert', cert, '--tls-key', key)).toMatchObject({
    json: { event: 'serving', url: expect.stringMatching(/^https:\/\/studio\.example:\d+$/) },
  })
  const link = (await serve('--host', 'localhost')).json
  expect(link).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
  remove(own)
})
