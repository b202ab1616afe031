import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { random } from '../../core/base/random.ts'
import { healthReport } from '../../core/dataset/health.ts'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { resolveHome } from '../../core/jobs/context/home.ts'
import type { keepReport as Keep } from '../../core/jobs/tasks/health.ts'
import type { openRegistry as Open } from '../../core/registry/registry.ts'
import type { Discovery } from '../../core/server/discovery.ts'
import type { ServerMessage } from '../../core/server/main.ts'
import { bundleCore } from '../../electron/packaging/bundle.ts'

/**
 * How long a person waits for a studio that holds 50,000 images and 1,000 runs of 74 epochs, each evaluated. A benchmark, not a test:
 * `node test/bench/atSize.ts [--bundled] [--against CHECKOUT] [--rounds 5] [--images 50000] [--runs 1000] [--classes 200]`;
 * prints JSON lines, ms.
 *
 * In each round a server is restarted, of this checkout, with `--bundled` of its core as packages have it, and of the
 * other checkout, by turns, each with a home that its own version has filled. The first round, in which health is examined for the first time, stands apart; of the others median
 * and least are given.
 */

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    bundled: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    images: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '1000' },
    classes: { type: 'string', default: '200' },
    fill: { type: 'string' },
  },
})
const own = fileURLToPath(new URL('../../', import.meta.url))
const classes = Array.from({ length: Number(values.classes) }, (_, index) => `class-${index}`)
const recipe = {
  network: { config: 'A', fcWidth: 512, batchNorm: true },
  data: { crop: 64 },
  optimization: { epochs: 74, batchSize: 16 },
}

/** Fingerprints of different pictures, of which one in fifty comes twice: what is coarse varies most. */
function fingerprint(index: number): string {
  const source = random(index % 49_000)
  const bytes = Buffer.alloc(66, 128)
  for (let at = 0; at < 63; at++)
    bytes[at] = 128 + Math.round((160 * (source.uniform() - 0.5)) / (1 + at / 32))
  return bytes.toString('base64')
}

function imageOf(index: number): DatasetImage {
  const info = {
    format: 'png',
    width: 28 + (index % 50),
    height: 28,
    colorMode: 'rgb',
    alpha: false,
    bits: 8,
    bytes: 500,
  } as const
  const split = (['train', 'validation', 'test'] as const)[index % 3]!
  const label = index % classes.length
  return {
    path: `class-${label}/${index}.png`,
    label,
    split,
    hash: String(index),
    fingerprint: fingerprint(index),
    info,
  }
}

/** Fills a home with what a person has after a year; with the code of a checkout, in a process of its own. */
async function fill(checkout: string, home: string): Promise<void> {
  const module = pathToFileURL(join(checkout, 'core/registry/registry.ts')).href
  const { openRegistry } = (await import(module)) as { openRegistry: typeof Open }
  const registry = openRegistry(join(home, 'registry.sqlite'))
  const images = Array.from({ length: Number(values.images) }, (_, index) => imageOf(index))
  const pca = { values: [1, 1, 1], vectors: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] } as const // prettier-ignore
  const statistics = { mean: [1, 1, 1], std: [1, 1, 1], pca } as const
  const manifest = { root: join(home, 'none'), classes, images, problems: [], statistics }
  const dataset = registry.datasets.add(manifest, { validation: 0, test: 0, seed: 0 })
  const tasks = join(checkout, 'core/jobs/tasks/health.ts')
  if (existsSync(tasks)) {
    const { keepReport } = (await import(pathToFileURL(tasks).href)) as { keepReport?: typeof Keep }
    // As an import does.
    await keepReport?.({ home: resolveHome(home), registry }, dataset.id, manifest, healthReport(manifest))
  }
  for (let number = 0; number < Number(values.runs); number++) {
    const run = registry.runs.create({ suggestion: 'run', dataset: dataset.id, recipe })
    for (let epoch = 1; epoch <= 74; epoch++) {
      const validation = { loss: 1, top1Error: 1 / (epoch + number), top5Error: 0.1 }
      const rest = { trainingError: 0.5, learningRate: 0.01, imagesPerSecond: 100, dataWait: 0, seconds: 9 }
      registry.epochs.put(run.id, { epoch, trainingLoss: 2, validation, ...rest } as { epoch: number })
    }
    registry.runs.end(run.id, 'completed')
    registry.evaluations.add(evaluationOf(dataset.id, run.id))
  }
  registry.close()
}

/** Every tenth image of a class is taken for the next class. */
function evaluationOf(dataset: string, run: string) {
  const images = Math.floor(Number(values.images) / 3)
  const each = images / classes.length
  const confusion = classes.map((_, label) =>
    classes.map((__, predicted) =>
      predicted === label ? 0.9 * each : predicted === (label + 1) % classes.length ? 0.1 * each : 0,
    ),
  )
  const scores = { images: each, precision: 0.9, recall: 0.9, f1: 0.9 }
  const protocol = { views: 'center', scales: [64], flips: true, crop: 64, mode: 'crop' } as const
  const errors = { top1Error: 0.1, top1Interval: { low: 0.09, high: 0.11 }, top5Error: 0.01, loss: 0.4 }
  const result = {
    ...{
      protocol,
      protocolText: 'center crop, scale 64, mirrored',
      images,
      failures: [],
      ...errors,
      confusion,
    },
    ...{ classes: classes.map((name) => ({ name, ...scores })), macro: scores, predictions: [] },
  }
  return { run, checkpoint: 'best', dataset, split: 'test', result } as const
}

function ask({ socket, token }: Discovery, path: string): Promise<number> {
  const headers = { host: 'vgg-studio', authorization: `Bearer ${token}` }
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ socketPath: socket, path, headers, agent: false }, (incoming) => {
      incoming.resume().on('end', () => {
        if (incoming.statusCode! < 400) resolve(performance.now() - began)
        else reject(new Error(`${path}: ${incoming.statusCode}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

const questions = {
  firstList: '/api/runs?limit=50&sort=top1Error',
  list: '/api/runs?limit=50&sort=top1Error&offset=50',
  filteredRuns: '/api/runs?limit=50&search=run-99&status=completed&dataset=d1',
  firstCompare: '/api/compare?runs=r1,r2,r3,r4,r5,r6',
  compare: '/api/compare?runs=r11,r12,r13,r14,r15,r16',
  run: '/api/runs/r7',
  datasets: '/api/datasets',
  images: '/api/datasets/d1/images?limit=100&offset=40000',
  imagesOfClass: '/api/datasets/d1/images?limit=100&class=7&split=train',
  imagesByName: '/api/datasets/d1/images?limit=100&search=class-7/&sort=name',
  firstHealth: '/api/datasets/d1/health',
} as const
/** What is asked while the first health is worked out. */
const meanwhile = '/api/compare?runs=r21,r22,r23,r24,r25,r26'
type Times = Record<'start' | 'compareMeanwhile' | keyof typeof questions, number>

/** A server from its start to its end, asked what a window asks first. */
async function round(server: string, home: string): Promise<Times> {
  const began = performance.now()
  const child = fork(server, ['--home', home], { execArgv: [] })
  const [message] = (await once(child, 'message')) as [ServerMessage]
  if (message.type === 'failed') throw new Error(message.error.message)
  const times: Partial<Times> = { start: performance.now() - began }
  for (const [name, path] of Object.entries(questions) as [keyof typeof questions, string][]) {
    const answer = ask(message.discovery, path)
    if (name === 'firstHealth') times.compareMeanwhile = await ask(message.discovery, meanwhile)
    times[name] = await answer
  }
  child.disconnect()
  await once(child, 'exit')
  return times as Times
}

const median = (sorted: readonly number[]): number => sorted[Math.floor((sorted.length - 1) / 2)]!

function summary(server: string, [first, ...later]: readonly Times[]): object {
  const names = Object.keys(first!) as (keyof Times)[]
  const of = (pick: (sorted: readonly number[]) => number): object =>
    Object.fromEntries(
      names.map((name) => [name, Math.round(pick(later.map((times) => times[name]).sort((a, b) => a - b)))]),
    )
  return {
    benchmark: 'at-size',
    server,
    rounds: later.length,
    median: of(median),
    least: of((sorted) => sorted[0]!),
    afterImport: { firstHealth: Math.round(first!.firstHealth) },
  }
}

interface Side {
  readonly name: string
  /** The checkout whose version fills the home. */
  readonly checkout: string
  /** The module that a server starts from. */
  readonly server: string
}

async function compareSides(sides: readonly Side[]): Promise<void> {
  const measured = sides.map((side) => ({
    ...side,
    home: mkdtempSync(join(tmpdir(), 'vgg-size-')),
    times: [] as Times[],
  }))
  try {
    for (const { checkout, home } of measured) {
      const sizes = ['--images', values.images, '--runs', values.runs, '--classes', values.classes]
      const child = fork(import.meta.filename, ['--fill', home, '--against', checkout, ...sizes], {
        execArgv: [],
      })
      const [code] = (await once(child, 'exit')) as [number]
      if (code !== 0) throw new Error(`${checkout} could not fill its home.`)
    }
    for (let number = 0; number <= Number(values.rounds); number++) {
      const order = number % 2 === 0 ? measured : measured.toReversed()
      for (const { server, home, times } of order) times.push(await round(server, home))
    }
    for (const { name, times } of measured) console.log(JSON.stringify(summary(name, times)))
  } finally {
    for (const { home } of measured) rmSync(home, { recursive: true, force: true })
  }
}

const sideOf = (checkout: string): Side => ({
  ...{ name: checkout, checkout },
  server: [join(checkout, 'core/server/launch.js'), join(checkout, 'core/server/main.ts')].find(existsSync)!,
})

/** In the folder for what is built, whose packages are the checkout's. */
async function bundledSide(): Promise<Side> {
  const folder = join(own, 'dist/bundled')
  rmSync(folder, { recursive: true, force: true })
  await bundleCore(join(own, 'core'), join(folder, 'core'))
  for (const name of ['package.json', 'resources']) symlinkSync(join(own, name), join(folder, name))
  return { name: folder, checkout: own, server: join(folder, 'core/server/main.js') }
}

if (values.fill !== undefined) await fill(resolve(values.against!), values.fill)
else {
  const others = values.against === undefined ? [] : [sideOf(resolve(values.against))]
  await compareSides([sideOf(own), ...(values.bundled ? [await bundledSide()] : []), ...others])
}
