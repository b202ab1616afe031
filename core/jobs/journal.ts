import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
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

/** One point of a run's step curve. */
export interface StepRecord {
  /** Updates since the start. */
  readonly step: number
  /** Epochs done, with fractions. */
  readonly epoch: number
  readonly loss: number
  /** 0–1. */
  readonly error: number
  readonly learningRate: number
  /** NaN where unknown. */
  readonly imagesPerSecond: number
  /** Seconds in the epoch so far. */
  readonly dataWait: number
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

/** All steps, ascending. Empty where there are none yet. */
export function readSteps(folder: string): readonly StepRecord[] {
  const bytes = readOrEmpty(stepsFile(folder))
  const count = Math.floor(bytes.length / recordBytes)
  return Array.from({ length: count }, (_, index) => decodeStep(bytes, index * recordBytes))
}

/** All lines, in order. A line that a crash cut off is left out. */
export function readLog(folder: string): readonly LogLine[] {
  const lines = readOrEmpty(logFile(folder)).toString('utf8').split('\n')
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

function decodeStep(bytes: Buffer, start: number): StepRecord {
  const value = (index: number): number => bytes.readFloatLE(start + 8 + 4 * index)
  return {
    step: bytes.readDoubleLE(start),
    epoch: value(0),
    loss: value(1),
    error: value(2),
    learningRate: value(3),
    imagesPerSecond: value(4),
    dataWait: value(5),
  }
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

function readOrEmpty(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
