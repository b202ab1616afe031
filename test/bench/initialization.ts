import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { initializations } from '../../core/network/initialize.ts'
import { classCount, studyData, type DataName } from './initialization/data.ts'
import { tables, type Result } from './initialization/table.ts'

/**
 * Which first weights, and which settings of the small presets, reach the highest top-1 on held-out images, and whether
 * PyTorch reaches the same by the same recipe. A benchmark, not a test, and a long one:
 *
 *     npx node test/bench/initialization.ts --out results.jsonl [--parts presets,peer,defaults] [--seeds 0,1,2,3,4]
 *       [--presets quick-look,small-images] [--data clipart8,clipart,clothes] [--minutes 600] [--threads 2] [--engine tensorflow] [--python PYTHON]
 *
 * Each training is a line in the file; what is in it already is not done again: a study can be cut short and gone on
 * with; its images and checkpoints lie beside it, in results.jsonl.files. `--table results.jsonl` prints what it says. `peer` needs a Python with torch, torchvision and Pillow, clipart8
 * Debian's openclipart-png.
 */
const { values } = parseArgs({
  options: {
    ...{ out: { type: 'string' }, table: { type: 'string' } },
    parts: { type: 'string', default: 'presets,peer,defaults' },
    data: { type: 'string', default: 'clipart8,clipart,clothes' },
    presets: { type: 'string', default: 'quick-look,small-images' },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    minutes: { type: 'string', default: '600' },
    threads: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'tensorflow' },
    python: { type: 'string', default: 'python3' },
  },
})
const program = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
const peerProgram = fileURLToPath(new URL('../reference/trainingPeer.py', import.meta.url))

/** VGG-A with batch normalization at full width, which is what PyTorch's peer trains by, too. */
const fullWidth = {
  network: { config: 'A', batchNorm: true, dropout: 0.5, fcWidth: 4096 },
  data: { crop: 64, scale: 73, flip: true, colorShift: 0 },
  optimization: {
    ...{ epochs: 20, batchSize: 32, microBatch: 32, learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'cosine', warmup: { epochs: 1 } },
  },
}

const pytorch = 'PyTorch, torchvision'
const narrowPresets = values.presets.split(',')
const kinds = initializations.filter((kind) => kind !== 'paper')
/** One setting at a time, on either side of what the presets say. */
const variants = [
  ...['optimization.learningRate=0.01', 'optimization.learningRate=0.04'],
  ...['optimization.schedule.warmup=null', 'optimization.schedule.warmup=2'],
  ...['network.dropout=0', 'network.dropout=0.5'],
  ...['network.widthMultiplier=0.25', 'network.widthMultiplier=0.5', 'network.widthMultiplier=1'],
  ...['network.fcWidth=256', 'network.fcWidth=512'],
  ...['optimization.schedule=step', 'optimization.schedule=constant'],
]

interface Task extends Pick<Result, 'part' | 'preset' | 'variant' | 'seed'> {
  readonly data: DataName
}

if (values.table) console.log(tables(readResults(values.table)))
else if (values.out) await study(values.out)
else {
  console.error('Give --out FILE to train, or --table FILE to print.')
  process.exitCode = 2
}

async function study(out: string): Promise<void> {
  const end = performance.now() + Number(values.minutes) * 60_000
  const done = new Set(readResults(out).map(keyOf))
  const folder = `${out}.files`
  for (const task of allTasks()) {
    if (done.has(keyOf(task))) continue
    if (performance.now() > end) break
    const source = await studyData(folder, task.data)
    const started = performance.now()
    const found = await (task.variant === pytorch ? trainPeer(source, task) : trainOurs(folder, source, task))
    const seconds = (performance.now() - started) / 1000
    const classes = classCount(task.data)
    const result: Result = { ...task, ...found, classes, seconds, threads: Number(values.threads) }
    appendFileSync(out, `${JSON.stringify(result)}\n`)
    const { top1, firstLoss } = found
    console.error(`${keyOf(task)}: top-1 ${top1.toFixed(3)}, first loss ${firstLoss.toFixed(3)}`)
  }
}

/** Seed by seed: a study that is cut short has compared all of them by as many seeds. */
function allTasks(): Task[] {
  const parts = values.parts.split(',')
  const seeds = values.seeds.split(',').map(Number)
  return seeds.flatMap((seed) =>
    parts.flatMap((part) => tasksOf(part).map((task) => ({ ...task, part, seed }))),
  )
}

function tasksOf(part: string): Omit<Task, 'part' | 'seed'>[] {
  const first = kinds.map((kind) => `initialization.kind=${kind}`)
  if (part === 'peer')
    return [pytorch, ...first].map((variant) => ({ preset: 'full-width', data: 'clipart8', variant }))
  const each = part === 'presets' ? first : ['as it is', ...variants]
  return (values.data.split(',') as DataName[]).flatMap((data) =>
    narrowPresets.flatMap((preset) => each.map((variant) => ({ preset, data, variant }))),
  )
}

function keyOf({ part, preset, data, variant, seed }: Task | Result): string {
  return [part, preset, data, variant, seed].join(' | ')
}

function readResults(path: string): Result[] {
  if (!existsSync(path)) return []
  const written = readFileSync(path, 'utf8').split('\n')
  return written.filter((line) => line !== '').map((line) => JSON.parse(line) as Result)
}

type Found = Pick<Result, 'firstLoss' | 'top1'>

interface Event {
  readonly event?: string
  readonly loss?: number
  readonly validation?: { readonly top1Error: number } | null
}

async function trainOurs(folder: string, source: string, { preset, variant, seed }: Task): Promise<Found> {
  const recipe = join(folder, 'full-width.json')
  writeFileSync(recipe, JSON.stringify(fullWidth))
  const home = ['--home', join(folder, 'studio')]
  const settings = [
    ...(variant === 'as it is' ? [] : [variant]),
    ...[`execution.threads=${values.threads}`, 'execution.decodeThreads=1'],
  ].flatMap((setting) => ['--set', setting])
  const command = [
    ...['train', source, '--json', ...home, '--seed', String(seed), ...settings],
    ...(preset === 'full-width' ? ['--recipe', recipe] : ['--preset', preset]),
    ...['--engine', values.engine, '--device', 'cpu', '--precision', 'fp32'],
  ]
  let [firstLoss, top1] = [NaN, NaN]
  await run(process.execPath, [program, ...command], (line) => {
    const event = JSON.parse(line) as Event
    if (event.event === 'step' && Number.isNaN(firstLoss)) firstLoss = event.loss!
    if (event.event === 'epoch') top1 = 1 - event.validation!.top1Error
  })
  // At full width its checkpoints take 600 MB.
  await run(process.execPath, [program, 'delete', 'last', ...home], () => undefined)
  return { firstLoss, top1 }
}

async function trainPeer(source: string, { seed }: Task): Promise<Found> {
  const { network, data, optimization } = fullWidth
  const task = { source, seed, threads: Number(values.threads), ...network, ...data, ...optimization }
  let found: Found | undefined
  await run(values.python, [peerProgram, JSON.stringify(task)], (line) => (found = JSON.parse(line) as Found))
  return found!
}

async function run(command: string, args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  createInterface({ input: child.stdout }).on('line', onLine)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}.\n${said}`)
}
