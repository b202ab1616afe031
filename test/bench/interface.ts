import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import type { Discovery } from '../../core/server/discovery.ts'
import type { ServerMessage } from '../../core/server/main.ts'
import { plainStatistics } from './plainStatistics.ts'

/**
 * How quick the interface is while a run trains on every core, and what watching costs the training. A benchmark, not
 * a test: `node test/bench/interface.ts [--seconds 60] [--pairs 20] [--each 15]`; prints JSON lines.
 *
 * The home folder holds 50,000 images, 1,000 runs of 74 epochs, and a curve of 100,000 points. Latencies are those of
 * whole answers over the socket that Electron uses. For the cost of watching, stretches in which a window has its event
 * stream open and asks four times a second take turns with stretches without; the interval is that of the mean of the
 * pairs' ratios (95%, normal).
 */

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, pairs: { type: 'string' }, each: { type: 'string' } },
})
const seconds = Number(values.seconds ?? 60)
const pairs = Number(values.pairs ?? 20)
const each = Number(values.each ?? 15)

const root = fileURLToPath(new URL('../../', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'vgg-bench-'))
const recipe = {
  network: { config: 'A', fcWidth: 512, batchNorm: true },
  data: { crop: 64 },
  optimization: { epochs: 10_000, batchSize: 16 },
}

const training = join(home, 'runs', 'r1001', 'steps.bin')

/** What a person who has worked for a year has. */
function fill(): void {
  const registry = openRegistry(join(home, 'registry.sqlite'))
  const images = Array.from({ length: 50_000 }, (_, index): DatasetImage => {
    const info = {
      format: 'png',
      width: 28,
      height: 28,
      colorMode: 'rgb',
      alpha: false,
      bits: 8,
      bytes: 500,
    } as const
    const split = (['train', 'validation', 'test'] as const)[index % 3]!
    return { path: `class-${index % 200}/${index}.png`, label: index % 200, split, hash: String(index), info }
  })
  const classes = Array.from({ length: 200 }, (_, index) => `class-${index}`)
  const manifest = { root: join(home, 'none'), classes, images, problems: [], statistics: plainStatistics }
  const dataset = registry.datasets.add(manifest, { validation: 0, test: 0, seed: 0 })
  for (let number = 0; number < 1000; number++) {
    const run = registry.runs.create({ suggestion: 'run', dataset: dataset.id, recipe })
    for (let epoch = 1; epoch <= 74; epoch++) {
      const validation = { loss: 1, top1Error: 1 / (epoch + number), top5Error: 0.1 }
      const rest = { trainingError: 0.5, learningRate: 0.01, imagesPerSecond: 100, dataWait: 0, seconds: 9 }
      registry.epochs.put(run.id, { epoch, trainingLoss: 2, validation, ...rest } as { epoch: number })
    }
    registry.runs.end(run.id, 'completed')
  }
  registry.close()
  const steps = Buffer.alloc(32 * 100_000)
  for (let step = 0; step < 100_000; step++) steps.writeDoubleLE(step + 1, 32 * step)
  mkdirSync(join(home, 'runs', 'r1'), { recursive: true })
  writeFileSync(join(home, 'runs', 'r1', 'steps.bin'), steps)
}

function ask({ socket, token }: Discovery, method: string, path: string, body?: object): Promise<string> {
  const headers = { host: 'vgg-studio', authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ socketPath: socket, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (incoming.statusCode! < 400) resolve(text)
        else reject(new Error(`${path}: ${text}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body && JSON.stringify(body))
  })
}

async function train(server: Discovery): Promise<void> {
  await ask(server, 'POST', '/api/samples/fashion-mnist/import')
  while (!(await ask(server, 'GET', '/api/datasets')).includes('fashion-mnist')) await delay(200)
  await ask(server, 'POST', '/api/runs', { dataset: 'd2', recipe })
  while (!statSync(training, { throwIfNoEntry: false })) await delay(200)
  await delay(3000)
}

const random = (bound: number): number => Math.floor(Math.random() * bound)

/** What windows ask for, each as likely as the others. */
const questions: readonly ((server: Discovery) => Promise<string>)[] = [
  (server) => ask(server, 'GET', `/api/runs?limit=50&offset=${random(900)}&sort=top1Error`),
  (server) => ask(server, 'GET', `/api/runs?search=run-${random(1000)}`),
  (server) => ask(server, 'GET', `/api/runs/r${1 + random(1000)}`),
  (server) => ask(server, 'GET', `/api/runs/r${1 + random(1000)}/epochs`),
  (server) => ask(server, 'GET', '/api/runs/r1/steps'),
  (server) => ask(server, 'GET', '/api/runs/r1001'),
  (server) => ask(server, 'GET', `/api/datasets/d1/images?limit=200&offset=${random(49_000)}`),
  (server) => ask(server, 'GET', `/api/datasets/d1/images?limit=200&class=${random(200)}`),
  (server) => ask(server, 'GET', `/api/datasets/d2/images/${random(1600)}/picture?side=128`),
  (server) => ask(server, 'GET', `/api/datasets/d2/images/${random(1600)}/picture?side=128`),
  (server) => ask(server, 'GET', '/api/datasets'),
  (server) => ask(server, 'GET', '/api/jobs'),
  (server) => ask(server, 'POST', '/api/plan/check', { recipe, dataset: 'd1' }),
]

async function latencies(server: Discovery) {
  // The first answers read the outcomes of a thousand runs, once.
  for (const question of questions) await question(server)
  const times: number[] = []
  const slowest = new Map<number, number>()
  const end = performance.now() + 1000 * seconds
  while (performance.now() < end) {
    const which = random(questions.length)
    const start = performance.now()
    await questions[which]!(server)
    const time = performance.now() - start
    times.push(time)
    slowest.set(which, Math.max(time, slowest.get(which) ?? 0))
    await delay(50)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => Number(times[Math.floor(share * times.length)]!.toFixed(1))
  const slow = [...slowest].sort(([, a], [, b]) => b - a).slice(0, 3)
  return {
    benchmark: 'interface-latency',
    requests: times.length,
    median: at(0.5),
    p99: at(0.99),
    slowest: at(1 - 1e-9),
    slowestQuestions: slow.map(
      ([which, time]) => `${questions[which]!.toString().slice(12, 90)}: ${time.toFixed(0)}`,
    ),
  }
}

/** When an update is recorded next, and which. */
async function mark(): Promise<{ readonly time: number; readonly step: number }> {
  const size = statSync(training).size
  while (statSync(training).size === size) await delay(2)
  const bytes = readFileSync(training)
  return { time: performance.now(), step: bytes.readDoubleLE(bytes.length - 32) }
}

/** Updates a second over a stretch. */
async function pace(): Promise<number> {
  const from = await mark()
  await delay(1000 * each)
  const to = await mark()
  return (1000 * (to.step - from.step)) / (to.time - from.time)
}

async function watched(server: Discovery): Promise<number> {
  const stop = new AbortController()
  const headers = { host: 'vgg-studio', authorization: `Bearer ${server.token}` }
  const stream = httpRequest({
    socketPath: server.socket,
    path: '/api/events',
    headers,
    signal: stop.signal,
    agent: false,
  })
  stream.on('response', (incoming) => incoming.on('error', () => undefined).resume())
  stream.on('error', () => undefined).end()
  const asking = (async () => {
    while (!stop.signal.aborted) {
      await questions[random(questions.length)]!(server)
      await delay(250)
    }
  })()
  const result = await pace()
  stop.abort()
  await asking
  return result
}

async function costOfWatching(server: Discovery) {
  const ratios: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const first = pair % 2 === 0
    const before = first ? await watched(server) : await pace()
    const after = first ? await pace() : await watched(server)
    ratios.push(first ? after / before : before / after)
  }
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / pairs
  const deviation = Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (pairs - 1))
  const margin = (1.96 * deviation) / Math.sqrt(pairs)
  const percent = (value: number): number => Number((100 * value).toFixed(2))
  return {
    benchmark: 'cost-of-watching',
    pairs,
    secondsEach: each,
    slowerPercent: percent(mean - 1),
    interval: [percent(mean - margin - 1), percent(mean + margin - 1)],
  }
}

fill()
const child = fork(join(root, 'core/server/launch.js'), ['--home', home], { execArgv: [] })
const [message] = (await once(child, 'message')) as [ServerMessage]
if (message.type === 'failed') throw new Error(message.error.message)
const { discovery } = message
try {
  await train(discovery)
  console.log(JSON.stringify(await latencies(discovery)))
  console.log(JSON.stringify(await costOfWatching(discovery)))
} finally {
  child.disconnect()
  await once(child, 'exit')
  rmSync(home, { recursive: true, force: true })
}
