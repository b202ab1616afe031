import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { generatePictures } from '../../core/bench/pictures.ts'

/**
 * What training from files costs beside the bare step: `vgg-studio train` on 1,000 JPEG files of about 500×375, in its
 * first epoch (decoded) and in its second (cached), against `vgg-studio bench` of the same step; both take turns. A
 * benchmark, not a test: `npx node test/bench/trainingFromFiles.ts [--rounds 5] [--engine onnxruntime] [--precision fp32]`
 * prints JSON lines. The ratio is the bare step's seconds over those of training: 1 is as fast.
 */

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, engine: { type: 'string' }, precision: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 5)
const execution = ['--engine', values.engine ?? 'onnxruntime', '--precision', values.precision ?? 'fp32']
const program = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))

/** `images`: a multiple of the batch, so that no step is smaller than those of the bare work. */
const cases = [
  { work: 'step-A-64-b32', config: 'A', crop: 64, scale: '64-96', batch: 32, images: 992 },
  { work: 'step-D-224-b16', config: 'D', crop: 224, scale: '256-512', batch: 16, images: 128 },
] as const

interface Event {
  readonly event?: string
  readonly epoch?: number
  readonly imagesDone?: number
  readonly secondsPerImage?: number
}

const home = mkdtempSync(join(tmpdir(), 'vgg-training-'))
try {
  const pictures = await generatePictures(home, 1000)
  for (const one of cases) {
    const source = join(home, `${one.work}.csv`)
    // As many classes as the bare step's network has.
    const rows = pictures.map((path, index) => `${path},${index},${index < one.images ? 'train' : 'test'}`)
    writeFileSync(source, ['path,label,split', ...rows].join('\n'))
    const ratios: { readonly first: number; readonly cached: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const bare = await bareStep(one.work)
      const [first, cached] = await training(source, one)
      ratios.push({ first: bare / first, cached: bare / cached })
      print({ work: one.work, round, bare, first, cached })
    }
    const median = (key: 'first' | 'cached') =>
      ratios.map((ratio) => ratio[key]).toSorted((a, b) => a - b)[ratios.length >> 1]
    print({ work: one.work, execution, rounds, first: median('first'), cached: median('cached') })
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** Seconds per image. */
async function bareStep(work: string): Promise<number> {
  let seconds = Number.NaN
  await studio(['bench', work, '--rounds', '3', ...execution], ({ secondsPerImage }) => {
    seconds = secondsPerImage ?? seconds
  })
  return seconds
}

/** Seconds per image of the first epoch and of the second, from the end of the epoch's second step. */
async function training(source: string, { config, crop, scale, batch }: (typeof cases)[number]) {
  rmSync(join(home, 'studio'), { recursive: true, force: true })
  const steps: { readonly epoch: number; readonly images: number; readonly time: number }[] = []
  const recipe = ['--config', config, '--crop', `${crop}`, '--scale', scale, '--batch', `${batch}`]
  await studio(
    ['train', source, ...recipe, '--micro-batch', `${batch}`, '--epochs', '2', ...execution],
    (event) => {
      if (event.event !== 'step') return
      steps.push({ epoch: event.epoch!, images: event.imagesDone!, time: performance.now() })
    },
  )
  return [1, 2].map((epoch) => {
    const own = steps.filter((step) => step.epoch === epoch && step.images >= 2 * batch)
    const [from, to] = [own[0]!, own.at(-1)!]
    return (to.time - from.time) / 1000 / (to.images - from.images)
  }) as [number, number]
}

async function studio(command: readonly string[], onEvent: (event: Event) => void): Promise<void> {
  const [name, ...rest] = command
  const child = spawn(process.execPath, [program, name!, '--home', join(home, 'studio'), '--json', ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', (line) => onEvent(JSON.parse(line) as Event))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`vgg-studio ${command.join(' ')} ended with ${code}.`)
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
