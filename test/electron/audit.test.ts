import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { judge, type Advisory, type Exception } from '../../electron/packaging/audit.ts'

const root = join(import.meta.dirname, '../..')
const advisory = (id: string): Advisory => ({
  ...{ id, package: 'hono', title: 'Says too much', severity: 'high' },
  url: `https://github.com/advisories/${id}`,
})
const exception = (id: string, until: string): Exception => ({ id, reason: 'It is not used.', until })

test('an advisory is open until it was reviewed, and again from the day that the review names', () => {
  const found = [advisory('GHSA-a'), advisory('GHSA-b'), advisory('GHSA-c')]
  const reviewed = [exception('GHSA-a', '2030-02-01'), exception('GHSA-b', '2030-01-01')]
  expect(judge(found, reviewed, '2030-01-01').open.map(({ id }) => id)).toEqual(['GHSA-b', 'GHSA-c'])
})

test('an exception that nothing needs any more is named', () => {
  const { open, unused } = judge([], [exception('GHSA-a', '2030-02-01')], '2030-01-01')
  expect([open, unused.map(({ id }) => id)]).toEqual([[], ['GHSA-a']])
})

let registry: Server
let folder: string
let refuses = false
const asked: string[] = []

/** npm's own client asks this registry, which knows of one vulnerability. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-audit-'))
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, name), join(folder, name))
  registry = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (refuses) return void response.writeHead(405).end()
      const name = decodeURIComponent(request.url!.slice(1))
      response.setHeader('content-type', 'application/json')
      if (request.method !== 'POST')
        return void response.end(JSON.stringify({ name, 'dist-tags': {}, versions: {} }))
      const body = Buffer.concat(parts)
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      asked.push(...Object.keys(JSON.parse(text.toString()) as object))
      const { title, severity, url } = advisory('GHSA-a')
      const known = { id: 1, url, title, severity, vulnerable_versions: '<99', cwe: [], cvss: { score: 0 } }
      response.end(JSON.stringify({ hono: [known] }))
    })
  })
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
})
afterEach(() => {
  registry.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(): Promise<string> {
  const module = pathToFileURL(join(root, 'electron/packaging/audit.ts')).href
  const program = `const { advisoriesOf } = await import(${JSON.stringify(module)})
    console.log(JSON.stringify(advisoriesOf(${JSON.stringify(folder)})))`
  const { port } = registry.address() as AddressInfo
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${port}`,
      npm_config_cache: join(folder, 'cache'),
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (said += part.toString()))
  await once(child, 'close')
  return said
}

test('npm is asked about what is released, and nothing else', async () => {
  refuses = false
  const [found] = JSON.parse(await ask()) as Advisory[]
  expect(found).toEqual(advisory('GHSA-a'))
  expect(asked).toContain('better-sqlite3')
  expect(asked).not.toContain('vitest')
})

test('a registry that can’t be asked is no clean bill', async () => {
  refuses = true
  expect(await ask()).toMatch(/npm audit failed: .+/)
})
