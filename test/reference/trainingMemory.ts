import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { release } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import { noiseBatch } from '../../core/engine/noise.ts'
import type { Batch, EngineName, Precision, Trainer } from '../../core/engine/types.ts'
import { initialize } from '../../core/network/initialize.ts'
import type { Network } from '../../core/network/types.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../../core/network/architectures/index.ts'

/**
 * What training takes on the CPU, measured, beside what the engine estimates: the most memory (VmHWM) of a process that
 * does nothing else, in which each case runs alone. Linux only; load does not matter. The coefficients of the engines'
 * estimates (core/engine/<engine>/memory.ts) are chosen by these numbers.
 *
 *     node test/reference/trainingMemory.ts onnxruntime fp32
 *     node test/reference/trainingMemory.ts tensorflow bf16 D-224-b8 A-64-b32
 */
interface Case {
  readonly name: string
  readonly options: NetworkInput & { readonly crop: number; readonly classes?: number }
  readonly images: number
}

const of = (name: string, options: Case['options'], images: number): Case => ({ name, options, images })
const cases: readonly Case[] = [
  ...[1, 2, 4, 8, 16, 32].map((images) => of(`D-224-b${images}`, { config: 'D', crop: 224 }, images)),
  of('A-224-b8', { config: 'A', crop: 224 }, 8),
  of('A-64-b32', { config: 'A', crop: 64 }, 32),
  of('A-64-b8', { config: 'A', crop: 64 }, 8),
  of('A-bn-64-b32-fc512', { config: 'A', crop: 64, batchNorm: true, fcWidth: 512, classes: 10 }, 32),
  of('D-bn-128-b16-fc512', { config: 'D', crop: 128, batchNorm: true, fcWidth: 512, classes: 10 }, 16),
  of('A-32-b64-narrow', { config: 'A', crop: 32, widthMultiplier: 1 / 8, fcWidth: 128, classes: 10 }, 64),
  of('A-64-b32-narrow', { config: 'A', crop: 64, widthMultiplier: 1 / 4, fcWidth: 256, classes: 10 }, 32),
  of('B-5x5-96-b16-fc512', { config: 'B-5x5', crop: 96, fcWidth: 512, classes: 10 }, 16),
  of('C-64-b32', { config: 'C', crop: 64 }, 32),
  of('E-224-b4', { config: 'E', crop: 224 }, 4),
  of('A-LRN-96-b16', { config: 'A-LRN', crop: 96 }, 16),
  of('alexnet-227-b32', { config: 'alexnet', crop: 227 }, 32),
  of('alexnet-227-b128', { config: 'alexnet', crop: 227 }, 128),
  of('alexnet-no-lrn-227-b32', { config: 'alexnet', crop: 227, lrn: false }, 32),
  of('resnet18-64-b32', { config: 'resnet18', crop: 64 }, 32),
  of('resnet50-224-b4', { config: 'resnet50', crop: 224 }, 4),
  of('resnet50-224-b16', { config: 'resnet50', crop: 224 }, 16),
  of('googlenet-224-b8', { config: 'googlenet', crop: 224 }, 8),
  of('googlenet-torchvision-224-b8', { config: 'googlenet-torchvision', crop: 224 }, 8),
]

/** Bytes, after each part of a run. */
interface Peaks {
  readonly start: number
  readonly step: number
  readonly accumulating: number
  readonly epochEnd: number
}

function networkOf({ options: { crop, classes = 1000, ...input } }: Case): Network {
  return buildNetwork({ ...networkSpec(input), classes, crop })
}

async function measure(engineName: EngineName, precision: Precision, one: Case): Promise<Peaks> {
  const network = networkOf(one)
  const { images } = one
  const engine = findEngine(engineName)
  const start = peak()
  const initial = { weights: initialize(network, 'he', 0), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { precision })
  release(initial.weights)
  const batch = { ...noiseBatch(network, images), dropoutSeed: [1] }
  await update(trainer, batch, 1)
  await update(trainer, batch, 1)
  const step = peak()
  await update(trainer, batch, 2)
  const accumulating = peak()
  const { weights } = await trainer.state()
  const predictor = await engine.predictor(network, weights, { precision })
  await predictor.logits(batch.images)
  await predictor.dispose()
  const epochEnd = peak()
  await trainer.dispose()
  return { start, step, accumulating, epochEnd }
}

async function update(trainer: Trainer, batch: Batch, parts: number): Promise<void> {
  for (let part = 0; part < parts; part++) await trainer.accumulate(batch)
  await trainer.apply({ learningRate: 1e-3, momentum: 0.9, weightDecay: 5e-4 })
}

function peak(): number {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]
  return 1024 * Number(kibibytes)
}

function inProcess(engine: string, precision: string, { name }: Case): Peaks {
  const program = fileURLToPath(import.meta.url)
  const child = spawnSync(process.execPath, [program, engine, precision, name, '--here'], {
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(child.stderr || `ended by ${child.signal}`)
  return JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Peaks
}

/** Megabytes, and how far the engine's estimate is off. */
function compared(measured: number, estimate: number): string {
  const off = Math.round(100 * (estimate / measured - 1))
  return `${Math.round(measured / 1e6)} (${off > 0 ? '+' : ''}${off}%)`.padStart(14)
}

async function report(engineName: EngineName, precision: Precision, one: Case): Promise<void> {
  const engine = findEngine(engineName)
  const network = networkOf(one)
  const peaks = inProcess(engineName, precision, one)
  const [once, parts] = [false, true].map((accumulates) =>
    engine.memory(network, one.images, { precision, accumulates }),
  )
  const columns = [
    one.name.padEnd(22),
    `step ${compared(peaks.step, once!.step)}`,
    `of several ${compared(peaks.accumulating, parts!.step)}`,
    `epoch's end ${compared(peaks.epochEnd, parts!.total)}`,
    `parameters ${Math.round(once!.parameters / 1e6)}, activations ${Math.round(once!.activations / 1e6)}, program ${Math.round(peaks.start / 1e6)}`,
  ]
  console.log(columns.join('  '))
}

const [engine = 'onnxruntime', precision = 'fp32', ...names] = process.argv.slice(2)
const chosen = cases.filter(({ name }) => names.length === 0 || names.includes(name))
const asked = [engine as EngineName, precision as Precision] as const
if (names.includes('--here')) console.log(JSON.stringify(await measure(...asked, chosen[0]!)))
else for (const one of chosen) await report(...asked, one)
