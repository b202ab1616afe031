import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { weightsCatalog, type CatalogEntry } from '../../core/weights/catalog.ts'
import { fetchWeights, type Fetch } from '../../core/weights/download.ts'

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
    if (url === '/cut.pth' && headers.range === undefined) {
      // The connection breaks after 2,000 bytes, which had arrived.
      response.writeHead(200, { 'content-length': content.length })
      return response.write(content.subarray(0, 2000), () => setTimeout(() => response.destroy(), 50))
    }
    if (url === '/slow.pth' && headers.range === undefined) {
      response.writeHead(200, { 'content-length': content.length })
      return response.write(content.subarray(0, 1000))
    }
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

const entry = (file: string, sha256: string): CatalogEntry => ({
  ...weightsCatalog[1]!,
  source: {
    kind: 'address',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`,
    sha256,
  },
})
const get = (file: string, start = sha256.slice(0, 8), more: Partial<Fetch> = {}) =>
  fetchWeights({ entry: entry(file, start), folder, onBytes: () => undefined, signal: undefined, ...more })

test('a download resumes where it stopped', async () => {
  await writeFile(join(folder, 'half.pth.part'), content.subarray(0, 1234))
  expect(await readFile(await get('half.pth'))).toEqual(content)
  expect(asked.at(-1)).toBe('bytes=1234-')
})

test('a connection that breaks loses nothing of what has arrived, and the next try gets the rest', async () => {
  await expect(get('cut.pth')).rejects.toMatchObject({ code: 'download-failed' })
  expect(await readFile(join(folder, 'cut.pth.part'))).toEqual(content.subarray(0, 2000))
  const arrived: number[] = []
  const path = await get('cut.pth', sha256, { onBytes: (done) => arrived.push(done) })
  expect(asked.at(-1)).toBe('bytes=2000-')
  expect(arrived[0]).toBeGreaterThan(2000)
  expect(await readFile(path)).toEqual(content)
  expect((await readdir(folder)).filter((name) => name.startsWith('cut'))).toEqual(['cut.pth'])
})

test('a download that is canceled goes on later', async () => {
  const controller = new AbortController()
  const canceled = get('slow.pth', sha256, {
    signal: controller.signal,
    onBytes: () => controller.abort(),
  })
  await expect(canceled).rejects.toMatchObject({ code: 'canceled' })
  expect(await readFile(await get('slow.pth', sha256))).toEqual(content)
  expect(asked.at(-1)).toBe('bytes=1000-')
})

test('one that is whole already is only checked', async () => {
  await writeFile(join(folder, 'whole.pth.part'), content)
  expect(await readFile(await get('whole.pth'))).toEqual(content)
})

test('bytes with another hash are thrown away', async () => {
  // A whole hash must be met to its last digit.
  const last = sha256.endsWith('0') ? '1' : '0'
  await expect(get('almost.pth', `${sha256.slice(0, -1)}${last}`)).rejects.toMatchObject({
    code: 'wrong-checksum',
  })
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
  const hashes = weightsCatalog.map(({ source }) => source.sha256)
  expect(new Set(hashes).size).toBe(weightsCatalog.length)
})

test('hashes of the catalog are whole or begin with what their makers put into the name', () => {
  for (const { name, source } of weightsCatalog) {
    expect(source.sha256, name).toMatch(/^([0-9a-f]{64}|[0-9a-f]{8})$/)
    if (source.kind === 'address') expect(source.url, name).toMatch(`-${source.sha256.slice(0, 8)}.pth`)
  }
  const whole = weightsCatalog.filter(({ source }) => source.sha256.length === 64)
  expect(whole.map(({ name }) => name)).toContain('torchvision-vgg16')
})
