import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Started, Step, TrainingEvent } from '../training/events.ts'

/** A line of a run's log, for people. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly level: 'info' | 'warning' | 'error'
  readonly code: string
  readonly message: string
  readonly hint: string | null
}

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
}

const stepsFile = (folder: string): string => join(folder, 'steps.bin')
const logFile = (folder: string): string => join(folder, 'log.jsonl')

/** The step as a 64-bit float, then six 32-bit floats, little-endian. */
const recordBytes = 32

/**
 * What of a run is not worth a database: its step curve and its log, two files beside its checkpoints that are only
 * added to. A run that goes on from a checkpoint loses the steps after it: it will make them again.
 */
export function openJournal(folder: string): { record(event: TrainingEvent): void } {
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

function keep(folder: string, event: TrainingEvent): void {
  mkdirSync(folder, { recursive: true })
  if (event.event === 'started') cutSteps(folder, event.position.step)
  if (event.event === 'step') appendFileSync(stepsFile(folder), encodeStep(event))
  const line = logLine(event)
  if (line === null) return
  appendFileSync(logFile(folder), `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
}

/** All steps. Empty columns where there are none yet. */
export async function readSteps(folder: string): Promise<StepColumns> {
  const bytes = await readFile(stepsFile(folder)).catch(emptyIfMissing)
  const count = Math.floor(bytes.length / recordBytes)
  // Whole columns at once, from aligned memory: a window reads a hundred thousand steps in passing.
  const memory = new Uint8Array(bytes.subarray(0, count * recordBytes)).buffer
  const [doubles, floats] = [new Float64Array(memory), new Float32Array(memory)]
  const step = new Float64Array(count)
  for (let row = 0; row < count; row++) step[row] = doubles[4 * row]!
  const column = (index: number): Float32Array => {
    const values = new Float32Array(count)
    for (let row = 0; row < count; row++) values[row] = floats[8 * row + 2 + index]!
    return values
  }
  return {
    step,
    epoch: column(0),
    loss: column(1),
    error: column(2),
    learningRate: column(3),
    imagesPerSecond: column(4),
    dataWait: column(5),
  }
}

/** All lines, in order. A line that a crash cut off is left out. */
export async function readLog(folder: string): Promise<readonly LogLine[]> {
  const lines = (await readFile(logFile(folder)).catch(emptyIfMissing)).toString('utf8').split('\n')
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LogLine]
    } catch {
      return []
    }
  })
}

/** Forgets the steps after `last`, and what a crash left of a record. */
function cutSteps(folder: string, last: number): void {
  const file = stepsFile(folder)
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) return
  const bytes = readFileSync(file)
  let kept = Math.floor(size / recordBytes)
  while (kept > 0 && bytes.readDoubleLE((kept - 1) * recordBytes) > last) kept--
  truncateSync(file, kept * recordBytes)
}

function encodeStep(event: Step): Buffer {
  const { step, epoch, imagesDone, images, loss, error, learningRate, imagesPerSecond, dataWait } = event
  const bytes = Buffer.alloc(recordBytes)
  bytes.writeDoubleLE(step, 0)
  const values = [
    epoch - 1 + imagesDone / images,
    loss,
    error,
    learningRate,
    imagesPerSecond ?? NaN,
    dataWait,
  ]
  values.forEach((value, index) => bytes.writeFloatLE(value, 8 + 4 * index))
  return bytes
}

function logLine(event: TrainingEvent): Omit<LogLine, 'time'> | null {
  switch (event.event) {
    case 'started':
      return info('started', startedText(event))
    case 'epoch':
      return info('epoch', epochText(event))
    case 'checkpoint':
      return event.kind === 'last'
        ? null
        : info('checkpoint', `Saved the ${event.kind} checkpoint after epoch ${event.epoch}.`)
    case 'paused':
      return info('paused', 'Paused, and saved.')
    case 'resumed':
      return info('resumed', 'Going on.')
    case 'warning':
      return { level: 'warning', code: event.code, message: event.message, hint: event.hint }
    case 'completed':
      return info('completed', event.stoppedEarly ? 'Completed early: nothing got better.' : 'Completed.')
    case 'stopped':
      return info('stopped', 'Stopped, and saved.')
    default:
      return null
  }
}

function startedText({
  engine,
  device,
  precision,
  threads,
  batchSize,
  microBatch,
  images,
  position,
}: Started): string {
  const from = position.step === 0 ? 'Started' : `Went on after update ${position.step}`
  return `${from}: ${engine} on ${device}, ${precision}, ${threads.engine} threads; batches of ${batchSize} in parts of ${microBatch}; ${images.training} training and ${images.validation} validation images.`
}

function epochText({ epoch, trainingLoss, validation }: Extract<TrainingEvent, { event: 'epoch' }>): string {
  const validated = validation
    ? `, validation loss ${validation.loss.toFixed(3)}, top-1 error ${(100 * validation.top1Error).toFixed(1)} %`
    : ''
  return `Epoch ${epoch}: training loss ${trainingLoss.toFixed(3)}${validated}.`
}

const info = (code: string, message: string): Omit<LogLine, 'time'> => ({
  level: 'info',
  code,
  message,
  hint: null,
})

function emptyIfMissing(error: NodeJS.ErrnoException): Buffer {
  if (error.code === 'ENOENT') return Buffer.alloc(0)
  throw error
}
