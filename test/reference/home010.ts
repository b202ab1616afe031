/**
 * Writes test/fixtures/home-0.1.0: a home folder as version 0.1.0 left it, with the images of its data set, and what
 * resuming its stopped run with that version gives (expected.json). It is made once, by the code of that version
 * (commit c2f316d), and shows ever after that homes of 0.1.0 open:
 *
 *     git worktree add /tmp/vgg-studio-0.1.0 c2f316d && cp test/reference/{home010,processor}.ts /tmp/vgg-studio-0.1.0/test/reference
 *     cd /tmp/vgg-studio-0.1.0 && npm ci && npx node test/reference/home010.ts /tmp/vgg-studio-home-0.1.0
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { processorName } from './processor.ts'

interface Event {
  readonly event?: string
  readonly [key: string]: unknown
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Name the folder to write.')
const target = resolve(folder)
const images = join(target, 'images')
const home = join(target, 'home')
const repository = join(import.meta.dirname, '..', '..')
const sample = join(repository, 'resources', 'sample', 'fashion-mnist')
const classes = ['bag', 'sandal', 'trouser']

const small = [
  ...['--engine', 'onnxruntime', '--device', 'cpu', '--precision', 'fp32', '--crop', '32', '--seed', '5'],
  ...[
    '--batch',
    '6',
    '--micro-batch',
    '3',
    '--set',
    'network.fcWidth=12',
    '--set',
    'network.widthMultiplier=0.06',
  ],
  ...['--set', 'execution.threads=1', '--set', 'execution.decodeThreads=1'],
]

await makeHome()

async function makeHome(): Promise<void> {
  rmSync(target, { recursive: true, force: true })
  copyImages()
  await run('import', images, '--name', 'clothes', '--seed', '3', '--validation', '0.2', '--test', '0.2')
  await run(
    'import',
    images,
    '--name',
    'clothes',
    '--leave-out',
    `bag/${readdirSync(join(images, 'bag'))[0]}`,
  )
  await run('train', 'clothes', '--config', 'A', '--epochs', '4', '--name', 'complete', ...small)
  await run(
    'train',
    'clothes',
    '--config',
    'A',
    '--epochs',
    '2',
    '--learning-rate',
    '1000000',
    '--name',
    'diverged',
    ...small,
  ).catch(() => undefined)
  await run('evaluate', 'complete')
  await run('evaluate', 'complete', '--views', 'dense', '--scales', '37,48')
  await run('export', 'complete', '--format', 'onnx')
  const staged = [
    '--from',
    'complete',
    '--transfer',
    'staged',
    '--set',
    'optimization.rateFactors={"features.0":0.5}',
  ]
  await run(
    'train',
    'clothes',
    '--config',
    'B',
    '--batch-norm',
    '--epochs',
    '12',
    '--name',
    'stopped',
    ...staged,
    ...small,
    { stopAfterEpoch: 2 },
  )
  await queueJobs()
  const copy = join(target, 'resumed')
  cpSync(home, copy, { recursive: true })
  const lines = await run('resume', 'stopped', '--home', copy)
  writeExpected(lines, copy)
  rmSync(copy, { recursive: true, force: true })
  await run('runs')
  for (const left of ['cache', 'engines', 'server/server.json', 'server/session-key'])
    rmSync(join(home, left), { recursive: true, force: true })
}

function copyImages(): void {
  for (const name of classes) {
    mkdirSync(join(images, name), { recursive: true })
    const files = readdirSync(join(sample, 'train', name))
      .sort()
      .slice(0, 14)
    for (const file of files) cpSync(join(sample, 'train', name, file), join(images, name, file))
  }
  writeFileSync(join(images, 'bag', 'broken.png'), 'not a picture')
}

/** A training that the server is killed in, and one that waits behind it. */
async function queueJobs(): Promise<void> {
  const server = start(['serve', '--port', '0', '--home', home])
  await firstLine(server)
  const long = start([
    'train',
    'clothes',
    '--config',
    'A',
    '--epochs',
    '4000',
    '--name',
    'killed',
    ...small,
    '--home',
    home,
    '--json',
  ])
  for await (const line of createInterface({ input: long.stdout! })) {
    if ((JSON.parse(line) as Event).event === 'epoch') break
  }
  const waiting = start([
    'train',
    'clothes',
    '--config',
    'A',
    '--epochs',
    '2',
    '--name',
    'waiting',
    ...small,
    '--home',
    home,
    '--json',
  ])
  await sleep(4000)
  for (const { pid } of [waiting, server, long]) process.kill(-pid!, 'SIGKILL')
  await sleep(3000)
}

function writeExpected(lines: readonly Event[], copy: string): void {
  const epochs = lines.filter(({ event }) => event === 'epoch')
  const last = readFileSync(join(copy, 'runs', 'r3', 'last.safetensors'))
  const expected = {
    cpu: processorName(),
    epochs: epochs.map(({ epoch, trainingLoss, trainingError, validation }) => ({
      epoch,
      trainingLoss,
      trainingError,
      validation,
    })),
    tensors: tensorHashes(last),
  }
  writeFileSync(join(target, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`)
}

function tensorHashes(file: Buffer): Record<string, string> {
  const headerBytes = Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.subarray(8, 8 + headerBytes).toString('utf8')) as Record<
    string,
    { data_offsets?: [number, number] }
  >
  const tensors = Object.entries(header).flatMap(([name, { data_offsets: range }]) =>
    range
      ? [
          [
            name,
            createHash('sha256')
              .update(file.subarray(8 + headerBytes + range[0], 8 + headerBytes + range[1]))
              .digest('hex')
              .slice(0, 16),
          ] as const,
        ]
      : [],
  )
  return Object.fromEntries(tensors.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function start(options: readonly string[]): ChildProcess {
  const program = join(repository, 'core', 'cli', 'vgg-studio.js')
  return spawn(process.execPath, [program, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
}

async function firstLine(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) if (line !== '') return
}

async function run(...options: (string | { readonly stopAfterEpoch: number })[]): Promise<Event[]> {
  const words = options.filter((option) => typeof option === 'string')
  const stop = options.find((option) => typeof option === 'object')
  const child = start([...words, ...(words.includes('--home') ? [] : ['--home', home]), '--json'])
  const lines: Event[] = []
  for await (const text of createInterface({ input: child.stdout! })) {
    const line = JSON.parse(text) as Event
    lines.push(line)
    if (stop && line.event === 'epoch' && line['epoch'] === stop.stopAfterEpoch) child.kill('SIGINT')
  }
  const last = lines.at(-1)
  console.log(words.slice(0, 2).join(' '), last?.event ?? 'done')
  if (last?.event === 'failed') throw new Error(JSON.stringify(last))
  return lines
}
