import { cpus } from 'node:os'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import { version } from '../../base/version.ts'
import { engineNames, precisions, type EngineName, type Precision } from '../types.ts'
import { engineVersion } from '../versions.ts'
import type { StepCost } from './stepCost.ts'
import { typicalCoefficients } from './typicalSpeeds.ts'

/** Where a step is computed. */
export interface ComputeTarget {
  readonly engine: EngineName
  readonly device: string
  readonly precision: Precision
}

/** A training step, as far as its time goes. */
export interface StepKind {
  readonly work: StepCost
  /** Images of a micro-batch. */
  readonly images: number
  /** Images of an update. */
  readonly batchSize: number
  /** Threads of the engine. */
  readonly threads: number
}

/** What a step took on this machine: in a trial, a self-test, a measurement or a run. */
export interface ObservedSpeed extends ComputeTarget, StepKind {
  readonly secondsPerImage: number
  /** What a run took besides its steps. */
  readonly overhead?: Overhead | undefined
}

/** How many times as long as typically it took. */
export interface Overhead {
  /** Until the first update, without trials. */
  readonly start: number
  /** An epoch's end, without the images of its validation. */
  readonly epochEnd: number
}

const work = z.object({
  square: z.number(),
  other: z.number(),
  linear: z.number(),
  maps: z.number(),
  operations: z.number(),
  weights: z.number(),
  updated: z.number(),
})
const seen = z.object({
  engine: z.enum(engineNames),
  device: z.string(),
  precision: z.enum(precisions),
  work,
  images: z.number().positive(),
  batchSize: z.number().positive(),
  threads: z.number().positive(),
  secondsPerImage: z.number().positive(),
  overhead: z.object({ start: z.number().positive(), epochEnd: z.number().positive() }).optional(),
  /** Machine and versions: what another one took says nothing here. */
  machine: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
})
const schema = z.object({ version: z.literal(2), seen: z.array(seen) })

type Kept = z.output<typeof seen>

/** The latest that are kept. */
const most = 300

/** What this machine has shown while training, whatever the network. */
export interface Speeds {
  /** The latest last. */
  list(): readonly Kept[]
  /** Only for the next time: a disk that is full is no reason not to train. */
  record(speed: ObservedSpeed): Promise<void>
}

/** @param folder the home folder; other processes may write there too */
export function openSpeeds(folder: string): Speeds {
  const file = join(folder, 'speeds.json')
  let read: { readonly time: number; readonly seen: readonly Kept[] } | undefined

  function list(): readonly Kept[] {
    const time = statSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (time === undefined) return []
    if (read?.time !== time) read = { time, seen: load(file) }
    return read.seen
  }

  return {
    list: () => list().filter((one) => one.machine === machineOf(one)),
    async record({ engine, device, precision, ...seenStep }) {
      const { work: own, images, batchSize, threads, secondsPerImage, overhead } = seenStep
      if (!(secondsPerImage > 0 && Number.isFinite(secondsPerImage))) return
      const target = { engine, device, precision }
      const speed = { ...target, work: own, images, batchSize, threads, secondsPerImage, overhead }
      const entry = { ...speed, machine: machineOf(target), time: new Date().toISOString() }
      const others = list().filter((one) => !sameTarget(one, target) || !sameStep(one, speed))
      const text = JSON.stringify({ version: 2, seen: [...others, entry].slice(-most) })
      await writeAtomic(file, text).catch(() => undefined)
    },
  }
}

function load(file: string): readonly Kept[] {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8'))).seen
  } catch {
    return []
  }
}

const machineOf = ({ engine }: Pick<ComputeTarget, 'engine'>): string =>
  [version, engine, engineVersion(engine), cpus()[0]?.model.trim()].join(' ')

export const sameTarget = (a: ComputeTarget, b: ComputeTarget): boolean =>
  a.engine === b.engine && a.device === b.device && a.precision === b.precision

const parts = ['square', 'other', 'linear', 'maps', 'operations', 'weights', 'updated'] as const

/** Whether it is the same work in micro-batches and updates of the same size. */
function sameStep(a: StepKind, b: StepKind): boolean {
  return (
    a.images === b.images &&
    a.batchSize === b.batchSize &&
    a.threads === b.threads &&
    parts.every((part) => a.work[part] === b.work[part])
  )
}

/** Whether this work was seen there, in micro-batches of whatever size. */
export const isObserved = (
  speeds: readonly ObservedSpeed[],
  target: ComputeTarget,
  step: StepKind,
): boolean =>
  speeds.some((one) => sameTarget(one, target) && parts.every((part) => one.work[part] === step.work[part]))

/** Seconds of each part of a step for an image, as they typically are. */
function typicalParts(
  target: ComputeTarget,
  { work: own, images, batchSize, threads }: StepKind,
): readonly number[] {
  const each = typicalCoefficients(target, threads, isPrediction(own) ? 'prediction' : 'training')
  const times = {
    square: 1,
    other: 1,
    linear: 1,
    maps: 1,
    operations: images,
    weights: images,
    updated: batchSize,
  }
  return parts.map((part) => (each[part] * own[part]) / times[part])
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Distance over which what was seen of one step loses its weight for another. */
const reach = 0.15
/** What a step elsewhere on this machine weighs, beside one by the same target. */
const elsewhere = 0.02
/** What a prediction weighs beside a training step, for one; and the other way round. */
const otherPass = 0.1
/** A step that was seen this many observations before another like it weighs half as much. */
const memory = 20

/**
 * Seconds for an image, updates included. Typical ones (see typicalSpeeds) times what this machine took of them: for the
 * same step, else for those that consist of nearly the same parts.
 */
export function expectedSeconds(
  speeds: readonly ObservedSpeed[],
  target: ComputeTarget,
  step: StepKind,
): number {
  const same = speeds.findLast((one) => sameTarget(one, target) && sameStep(one, step))
  if (same) return same.secondsPerImage
  const expected = typicalParts(target, step)
  let [weights, logs] = [0, 0]
  const own = speeds.filter((one) => sameTarget(one, target))
  const onDevice = speeds.filter((one) => one.device === target.device && !sameTarget(one, target))
  for (const [list, factor] of [
    [own, 1],
    [onDevice, elsewhere],
  ] as const) {
    list.forEach((one, index) => {
      const typical = typicalParts(one, one)
      const recency = 0.5 ** ((list.length - 1 - index) / memory)
      const pass = isPrediction(one.work) === isPrediction(step.work) ? 1 : otherPass
      const weight = factor * pass * recency * Math.exp(-distance(typical, expected) / reach)
      weights += weight
      logs += weight * Math.log(one.secondsPerImage / sum(typical))
    })
  }
  return sum(expected) * (weights > 0 ? Math.exp(logs / weights) : 1)
}

const isPrediction = ({ updated }: StepCost): boolean => updated === 0

/** Runs, the latest, whose median tells what the next takes besides its steps: one may have met a busy machine. */
const overheadMemory = 5

/**
 * How many times as long as typically it takes here what isn't computing steps: by what runs have shown, those with the
 * same engine first. Before any has, by the root of how many times as long steps take: an engine that lacks a processor's
 * widest instructions starts no later for that.
 */
export function overheadIn(
  speeds: readonly ObservedSpeed[],
  target: Pick<ComputeTarget, 'engine' | 'device'>,
  part: keyof Overhead,
): number {
  const runs = speeds.filter(({ overhead, device }) => overhead && [target.device, 'cpu'].includes(device))
  const own = runs.filter(({ engine, device }) => engine === target.engine && device === target.device)
  const shown = own.length > 0 ? own : runs
  if (shown.length === 0) return Math.sqrt(slowness(speeds, target))
  const latest = shown.slice(-overheadMemory).map(({ overhead }) => overhead![part])
  const sorted = latest.toSorted((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2
}

/** How many times as long as typically steps take, by the latest that were seen; 1 where none were. */
function slowness(speeds: readonly ObservedSpeed[], { device }: Pick<ComputeTarget, 'device'>): number {
  const here = speeds.filter((one) => one.device === 'cpu' || one.device === device).slice(-memory)
  const logs = here.map((one) => Math.log(one.secondsPerImage / sum(typicalParts(one, one))))
  return logs.length === 0 ? 1 : Math.exp(sum(logs) / logs.length)
}

/** How differently two steps spend their time, and how much longer one takes. 0: alike. */
function distance(a: readonly number[], b: readonly number[]): number {
  const [all, other] = [sum(a), sum(b)]
  const shares = a.reduce((total, value, index) => total + Math.abs(value / all - b[index]! / other), 0) / 2
  return shares + 0.1 * Math.abs(Math.log(all / other))
}
