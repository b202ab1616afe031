import { throwIfAborted, type ErrorReport } from '../base/errors.ts'
import type { Candidate } from './candidates.ts'
import type { StepShape, StepTimes } from './calibrationSteps.ts'
import { runInOwnProcess } from './ownProcess.ts'

/** What training costs with a candidate. */
export interface Measurement extends Candidate {
  /** Of training, updates included; null where it was ruled out. */
  readonly secondsPerImage: number | null
  /** Why it was ruled out. */
  readonly reason: string | null
}

export interface CalibrationInput {
  readonly candidates: readonly Candidate[]
  readonly shape: StepShape
  /** Images of an update: it is done once for all of them. */
  readonly batchSize: number
  readonly onProgress?: (candidate: Candidate, index: number) => void
  readonly signal?: AbortSignal | undefined
}

/** A candidate that takes so many times as long as another one is plainly slower. */
const plainly = 3
/** Milliseconds that a first step may take: it loads, compiles and warms up. */
const patience = 300_000
const patienceBesideOthers = 30_000

/**
 * Trains some steps with each candidate, one after the other, each in a process of its own: what fails or ends that
 * process is ruled out, and nothing else happens. Candidates that are plainly slower than the best are not waited for.
 *
 * @throws StudioError `canceled`
 */
export async function calibrate(input: CalibrationInput): Promise<readonly Measurement[]> {
  const done: Trial[] = []
  for (const [index, candidate] of input.candidates.entries()) {
    throwIfAborted(input.signal)
    input.onProgress?.(candidate, index)
    done.push(await tryOut(input, candidate, bestOf(done)))
  }
  throwIfAborted(input.signal)
  return done.map(({ measurement }) => measurement)
}

interface Trial {
  readonly measurement: Measurement
  /** Milliseconds until its first step was done; null without one. */
  readonly first: number | null
}

function bestOf(trials: readonly Trial[]): Trial | undefined {
  const seconds = ({ measurement }: Trial): number => measurement.secondsPerImage ?? Infinity
  return trials
    .filter((trial) => seconds(trial) < Infinity)
    .reduce<Trial | undefined>(
      (best, trial) => (best && seconds(best) <= seconds(trial) ? best : trial),
      undefined,
    )
}

async function tryOut(
  { shape, batchSize, signal }: CalibrationInput,
  { engine, device, precision, label }: Candidate,
  best: Trial | undefined,
): Promise<Trial> {
  const start = performance.now()
  const enough = new AbortController()
  const limit = best?.first == null ? patience : patienceBesideOthers + plainly * best.first
  const timer = setTimeout(() => enough.abort(), limit)
  const steps: StepTimes[] = []
  let first: number | null = null
  let failure: ErrorReport | undefined
  const cost = (): number => secondsPerImage(steps.slice(1), shape.images, batchSize)

  function onMessage(message: unknown): void {
    const { step, error } = message as { step?: StepTimes; error?: ErrorReport }
    if (error) failure = error
    if (!step) return
    steps.push(step)
    first ??= performance.now() - start
    clearTimeout(timer)
    const slowest = plainly * (best?.measurement.secondsPerImage ?? Infinity)
    if (steps.length > 1 && cost() > slowest) enough.abort()
  }

  const ending = await runInOwnProcess(
    'calibrationProcess',
    [JSON.stringify({ candidate: { engine, device, precision }, shape })],
    { onMessage, signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal },
  )
  clearTimeout(timer)
  const measured = steps.length > 1 && !failure
  const reason = measured ? null : reasonOf(failure ?? ending, enough.signal.aborted, limit)
  const candidate = { engine, device, precision, label }
  return { first, measurement: { ...candidate, secondsPerImage: measured ? cost() : null, reason } }
}

/** By the fastest of its steps: whatever else the machine does can only slow one down. */
function secondsPerImage(steps: readonly StepTimes[], images: number, batchSize: number): number {
  const accumulate = Math.min(...steps.map((step) => step.accumulate))
  const apply = Math.min(...steps.map((step) => step.apply))
  return accumulate / images + apply / batchSize
}

function reasonOf(failure: ErrorReport | null, tooSlow: boolean, limit: number): string {
  if (tooSlow) return `It had no step done after ${Math.round(limit / 1000)} s.`
  if (failure === null) return 'It ended without a word.'
  const { message } = failure
  return message.charAt(0).toUpperCase() + message.slice(1).replace(/[.\s]*$/, '.')
}
