import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogFact } from '../../messages/catalog.ts'
import type { Fact } from '../../messages/types.ts'
import type { TrainingEvent } from '../../training/events.ts'
import type { LiveTrainingEvent } from './events.ts'
import { appendToLog, type LogLine } from './runLog.ts'

/** A run's step curve, as columns of equal length, ascending. */
export interface StepColumns {
  /** Updates since the start. */
  readonly step: Float64Array
  /** Epochs done, with fractions. */
  readonly epoch: Float32Array
  readonly loss: Float32Array
  /** 0–1. */
  readonly error: Float32Array
  readonly learningRate: Float32Array
  /** NaN where unknown. */
  readonly imagesPerSecond: Float32Array
  /** Seconds in the epoch so far. */
  readonly dataWait: Float32Array
  /** Bytes of main memory that the run's process held; NaN where unknown, as in all of these below. */
  readonly memory: Float32Array
  /** Bytes of the device's own. */
  readonly deviceMemory: Float32Array
}

const stepsFile = (folder: string): string => join(folder, 'steps.bin')
const memoryFile = (folder: string): string => join(folder, 'memory.bin')

/** Both files: the step as a 64-bit float, then 32-bit floats, little-endian. */
const recordBytes = { steps: 32, memory: 16 }

/** The journal keeps these. */
type Kept = LiveTrainingEvent | Extract<TrainingEvent, { event: 'completed' | 'stopped' }>

/**
 * The parts of a run that are not worth a database: its step curve and its log, two files beside its checkpoints that are only
 * added to. A run that resumes from a checkpoint loses the steps after it: it will make them again.
 */
export function openJournal(folder: string): { record(event: Kept): void } {
  return {
    record(event) {
      try {
        keep(folder, event)
      } catch {
        // A curve with a gap is better than a run that ends because the disk is full.
      }
    },
  }
}

function keep(folder: string, event: Kept): void {
  mkdirSync(folder, { recursive: true })
  if (event.event === 'started') cutJournal(folder, event.position.step)
  if (event.event === 'step') {
    appendFileSync(stepsFile(folder), encodeStep(event))
    const { process, device } = event.memory
    appendFileSync(memoryFile(folder), encodeRecord(event.step, [process, device ?? NaN]))
  }
  const line = logLine(event)
  if (line === null) return
  appendToLog(folder, { time: new Date().toISOString(), ...line })
}

/** All steps. Empty columns where there are none yet. */
export async function readSteps(folder: string): Promise<StepColumns> {
  const [steps, memory] = await Promise.all([
    readRecords(stepsFile(folder), recordBytes.steps),
    readRecords(memoryFile(folder), recordBytes.memory),
  ])
  const [epoch, loss, error, learningRate, imagesPerSecond, dataWait] = steps.columns as Columns<6>
  const [held, deviceMemory] = memory.columns.map((values) =>
    joined(steps.step, memory.step, values),
  ) as Columns<2>
  return {
    step: steps.step,
    ...{ epoch, loss, error, learningRate, imagesPerSecond, dataWait },
    ...{ memory: held, deviceMemory },
  }
}

/** The most memory that a run's process held at the end of an update, bytes; null where unknown. */
export async function peakMemory(
  folder: string,
): Promise<{ readonly process: number | null; readonly device: number | null }> {
  const { columns } = await readRecords(memoryFile(folder), recordBytes.memory)
  const [process, device] = columns.map((values) => {
    const most = values.reduce((largest, value) => (value > largest ? value : largest), 0)
    return most > 0 ? most : null
  }) as [number | null, number | null]
  return { process, device }
}

type Columns<Count extends 2 | 6> = Count extends 2
  ? [Float32Array, Float32Array]
  : [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]

async function readRecords(
  file: string,
  size: number,
): Promise<{ step: Float64Array; columns: Float32Array[] }> {
  const bytes = await readFile(file).catch(emptyIfMissing)
  const count = Math.floor(bytes.length / size)
  // Whole columns at once, from aligned memory: a window reads a hundred thousand steps in passing.
  const memory = new Uint8Array(bytes.subarray(0, count * size)).buffer
  const [doubles, floats] = [new Float64Array(memory), new Float32Array(memory)]
  const step = new Float64Array(count)
  for (let row = 0; row < count; row++) step[row] = doubles[(size / 8) * row]!
  const columns = Array.from({ length: (size - 8) / 4 }, (_, column) => {
    const values = new Float32Array(count)
    for (let row = 0; row < count; row++) values[row] = floats[(size / 4) * row + 2 + column]!
    return values
  })
  return { step, columns }
}

/** The values of ascending `from` at ascending `steps`; NaN where it has none: runs of earlier versions lack some. */
function joined(steps: Float64Array, from: Float64Array, values: Float32Array): Float32Array {
  let at = 0
  return Float32Array.from(steps, (step) => {
    while (at < from.length && from[at]! < step) at++
    return from[at] === step ? values[at]! : NaN
  })
}

/** Forgets the records of updates after `last`, and what a crash left of one. */
export function cutJournal(folder: string, last: number): void {
  cutSteps(stepsFile(folder), recordBytes.steps, last)
  cutSteps(memoryFile(folder), recordBytes.memory, last)
}

function cutSteps(file: string, recordSize: number, last: number): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) return
  const bytes = readFileSync(file)
  let kept = Math.floor(size / recordSize)
  while (kept > 0 && bytes.readDoubleLE((kept - 1) * recordSize) > last) kept--
  truncateSync(file, kept * recordSize)
}

function encodeStep(event: Extract<Kept, { event: 'step' }>): Buffer {
  const { step, epoch, imagesDone, images, loss, error, learningRate, imagesPerSecond, dataWait } = event
  return encodeRecord(step, [
    epoch - 1 + imagesDone / images,
    loss,
    error,
    learningRate,
    imagesPerSecond ?? NaN,
    dataWait,
  ])
}

function encodeRecord(step: number, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + 4 * values.length)
  bytes.writeDoubleLE(step, 0)
  values.forEach((value, index) => bytes.writeFloatLE(value, 8 + 4 * index))
  return bytes
}

type Line = Fact & Pick<LogLine, 'level'>

function logLine(event: Kept): Line | null {
  switch (event.event) {
    case 'chosen': {
      const { explanation, tried } = event
      const ruledOut = tried.flatMap(({ label, reason }) => (reason === null ? [] : [{ label, reason }]))
      return info('chosen', { code: 'log-chosen', values: { explanation, ruledOut } })
    }
    case 'started': {
      const { engine, device, precision, threads, batchSize, microBatch, images, position } = event
      const where = { engine, device, precision, threads: threads.engine }
      const values = { ...where, batchSize, microBatch, images, step: position.step }
      return info('started', { code: 'log-started', values })
    }
    case 'epoch': {
      const { epoch, trainingLoss, validation } = event
      return info('epoch', { code: 'log-epoch', values: { epoch, trainingLoss, validation } })
    }
    case 'checkpoint': {
      const { kind, epoch } = event
      return kind === 'last' ? null : info('checkpoint', { code: 'log-checkpoint', values: { kind, epoch } })
    }
    case 'warning':
      return { level: 'warning', code: event.code, values: event.values }
    case 'completed':
      return info('completed', {
        code: 'log-completed',
        values: { stoppedEarly: event.stoppedEarly },
      })
    case 'paused':
    case 'resumed':
    case 'stopped':
      return info(event.event, { code: `log-${event.event}`, values: {} })
    default:
      return null
  }
}

/** A line that is told apart by the event's name. */
const info = (code: Kept['event'], { code: text, values }: LogFact): Line => ({
  level: 'info',
  code,
  text,
  values,
})

function emptyIfMissing(error: NodeJS.ErrnoException): Buffer {
  if (error.code === 'ENOENT') return Buffer.alloc(0)
  throw error
}
