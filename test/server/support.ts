import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hc } from 'hono/client'
import { socketHost } from '../../core/server/access/check.ts'
import type { Api } from '../../core/server/api/index.ts'
import type { StreamMessage } from '../../core/server/events/types.ts'
import type { Job } from '../../core/server/queue/types.ts'
import { endStates } from '../../core/server/queue/types.ts'
import { startServer, type Server, type ServerOptions } from '../../core/server/start.ts'

const samples = fileURLToPath(new URL('../../resources/sample/fashion-mnist/', import.meta.url))

export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'vgg-test-')))
}

/** `classes` × `images` real pictures each for training, with half as many to validate and to test. */
export function smallFolder(classes = 3, images = 12): string {
  const folder = temporaryFolder()
  const names = readdirSync(join(samples, 'train')).slice(0, classes)
  const counts = { train: images, val: images / 2, test: images / 2 }
  for (const [split, count] of Object.entries(counts)) {
    for (const name of names) {
      const source = join(samples, split === 'test' ? 'test' : 'train', name)
      const skipped = split === 'val' ? images : 0
      mkdirSync(join(folder, split, name), { recursive: true })
      for (const file of readdirSync(source).slice(skipped, skipped + count)) {
        cpSync(join(source, file), join(folder, split, name, file))
      }
    }
  }
  return folder
}

/** A training that takes a second: real, but of a tenth of the width. */
export const tinyRecipe = {
  network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32, batchNorm: true },
  data: { crop: 32, scale: 36 },
  optimization: { epochs: 1, batchSize: 12, learningRate: 0.01 },
  initialization: { kind: 'he' },
  // Said, so that nothing has to be tried first.
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 1, decodeThreads: 1 },
}

export interface TestServer extends Server {
  readonly home: string
  /** As the owner, over HTTP. */
  readonly api: ReturnType<typeof hc<Api>>['api']
  readonly url: string
  /** Waits until the job has ended; or is in one of these states. */
  settled(job: { readonly id: string }, states?: readonly Job['state'][]): Promise<Job>
}

export async function testServer(options: ServerOptions = {}): Promise<TestServer> {
  const home = options.home ?? temporaryFolder()
  const server = await startServer({ home, port: 0, onError: (error) => console.error(error), ...options })
  const url = server.discovery.url!
  const { api } = hc<Api>(url, { headers: { authorization: `Bearer ${server.discovery.token}` } })
  return {
    ...server,
    home,
    api,
    url,
    async settled({ id }, states = endStates) {
      for (let waited = 0; waited < 150_000; waited += 50) {
        const job = (await answer(api.jobs[':job'].$get({ param: { job: id } }))).job as Job
        if (states.includes(job.state)) return job
        if ((endStates as readonly string[]).includes(job.state)) {
          throw new Error(`The job ended as ${job.state}: ${JSON.stringify(job.error)}`)
        }
        await delay(50)
      }
      throw new Error(`Job ${id} takes too long.`)
    },
  }
}

/** Makes a small folder and imports it, as `clothes`. @returns the folder, which the caller removes */
export async function importSmallFolder({ api, settled }: TestServer): Promise<string> {
  const folder = smallFolder()
  await answer(api.folders.choose.$post({ json: { path: folder } }))
  const { job } = await answer(api.datasets.import.$post({ json: { source: folder, name: 'clothes' } }))
  await settled(job)
  return folder
}

/** The JSON of an answer that must be a success. */
export async function answer<T>(asked: Promise<{ ok: boolean; json(): Promise<T> }>): Promise<T> {
  const response = await asked
  const body = await response.json()
  if (!response.ok) throw new Error(JSON.stringify(body))
  return body
}

/** The error of an answer that must not be a success. */
export async function refusal(asked: Promise<{ status: number; json(): Promise<unknown> }>) {
  const response = await asked
  const { error } = (await response.json()) as { error?: { code: string; message: string; hint?: string } }
  return { status: response.status, ...error }
}

/** A browser that has opened the server's link: what it sends with each request. */
export async function browserSession(server: TestServer): Promise<{ cookie: string; origin: string }> {
  const response = await fetch(server.link())
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  return { cookie, origin: server.url }
}

/** The only child of this process that trains. */
export function jobProcess(): number {
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const own = commands.filter((pid) => {
    try {
      const parent = / \d+ \(.*\) \S (\d+)/.exec(` ${readFileSync(`/proc/${pid}/stat`, 'utf8')}`)?.[1]
      return (
        parent === String(process.pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('jobs/process/trainer')
      )
    } catch {
      return false
    }
  })
  if (own.length !== 1) throw new Error(`${own.length} processes train.`)
  return Number(own[0])
}

/** Events as a window reads them, until `enough`. */
export async function readEvents(
  server: TestServer,
  after: string | undefined,
  enough: (messages: readonly StreamMessage[]) => boolean,
): Promise<{ messages: readonly StreamMessage[]; last: string | undefined }> {
  const stop = new AbortController()
  const response = await fetch(`${server.url}/api/events${after === undefined ? '' : `?after=${after}`}`, {
    headers: { authorization: `Bearer ${server.discovery.token}` },
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(120_000)]),
  })
  const messages: StreamMessage[] = []
  let last = after
  let rest = ''
  try {
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) {
        const id = /^id: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (id !== undefined) last = id
        if (data !== undefined) messages.push(JSON.parse(data) as StreamMessage)
        if (enough(messages)) return { messages, last }
      }
    }
  } finally {
    stop.abort()
  }
  throw new Error('The stream ended early.')
}

export function remove(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

export { socketHost }
