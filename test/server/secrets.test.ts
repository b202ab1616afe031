import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { Discovery } from '../../core/server/discovery.ts'
import { remove, smallFolder, temporaryFolder } from './support.ts'

const program = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url))
const home = temporaryFolder()
const pictures = smallFolder()
afterAll(() => remove(home, pictures))

test('no log and no file but their own holds token, session or link, and an opened page’s address has no key', async () => {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--home', home, '--json'], {
    env: { ...process.env, VGG_STUDIO_LOG: 'debug' },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  while (!out.includes('\n')) await delay(20)
  const { link, url } = JSON.parse(out) as { link: string; url: string }
  const { token } = JSON.parse(readFileSync(join(home, 'server/server.json'), 'utf8')) as Discovery
  const entered = await fetch(link)
  const [cookie] = entered.headers.getSetCookie()[0]!.split(';')
  // The page that the link shows leads on to an address without the key, and tells nobody where it came from.
  expect(await entered.text()).toMatch(/http-equiv="refresh" content="0; ?url=\/"/)
  expect(entered.headers.get('referrer-policy')).toBe('no-referrer')
  expect(entered.headers.get('cache-control')).toBe('no-store')

  const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers }).then(({ status }) => status)
  const owner = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  // A job, errors of several kinds, and refusals of what is nearly right.
  const job = JSON.stringify({ kind: 'import', input: { source: pictures } })
  expect(await ask('/api/jobs', owner, { method: 'POST', body: job })).toBe(202)
  expect(await ask('/api/jobs', owner, { method: 'POST', body: '{' })).toBe(400)
  expect(await ask('/api/runs/r9', { cookie: cookie! })).toBe(404)
  expect(await ask('/api/runs', { authorization: `Bearer ${token}x` })).toBe(401)
  expect(await ask('/api/runs', { cookie: `${cookie!}x` })).toBe(401)
  expect(await ask(new URL(link).pathname + new URL(link).search, {})).toBe(401)
  const diagnostics = await fetch(`${url}/api/diagnostics`, { headers: owner }).then((answer) =>
    answer.text(),
  )
  while (!/vgg-studio worker \d+: /.test(err)) await delay(50)
  child.kill('SIGINT')
  await once(child, 'close')

  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'session-key')
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
  const session = readFileSync(join(home, 'server/session-key'), 'utf8')
  const secrets = [token, session, cookie!.split('=')[1]!, new URL(link).searchParams.get('key')!]
  expect(err).toContain('vgg-studio server')
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(40)
    for (const text of [err, diagnostics, out.replace(link, ''), ...files]) expect(text).not.toContain(secret)
  }
})
