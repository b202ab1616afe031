import { StudioError, throwIfAborted, type ErrorFact } from '../../base/errors.ts'
import { random } from '../../base/random.ts'
import { elementCount, type Tensors } from '../../base/tensor.ts'
import type { DeviceFact } from '../../messages/catalog.ts'
import type { Reason } from '../../messages/types.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { noiseBatch } from '../noise.ts'
import type { Engine, ExecutionOptions } from '../types.ts'
import type { Candidate } from './candidates.ts'
import { runTrial, type StepShape, type StepTimes, type Trial } from './trial.ts'

/** What training costs with a candidate. */
export interface Measurement extends Candidate {
  /** Seconds of training per image, updates included, as seen or expected; null where it was ruled out. */
  readonly secondsPerImage: number | null
  /** Whether this work was seen there; else it is expected from what the machine has shown. */
  readonly seen?: boolean | undefined
  /** Why it was ruled out. */
  readonly reason: Reason | null
}

export interface BenchmarkInput {
  readonly candidates: readonly Candidate[]
  readonly shape: StepShape
  /** Images of an update: it is done once for all of them. */
  readonly batchSize: number
  /** Seconds that all of it takes at most: candidates that are not through by then are not measured. Default: any time. */
  readonly seconds?: number
  readonly onProgress?: (candidate: Candidate, index: number) => void
  readonly signal?: AbortSignal | undefined
  /** How a candidate is tried; default: in a process of its own. */
  readonly trial?: Trial
}

/** A candidate that takes this many times as long as another one is plainly slower. */
const plainly = 3
/** Milliseconds that a first step may take: it loads, compiles and warms up. */
const patience = 300_000
const patienceBesideOthers = 30_000

/**
 * Measurements of the candidates that came to an end in time. Trains some steps with each candidate, one after the other, each in a process of its own: what fails or ends that
 * process is ruled out, and nothing else happens. Candidates that are plainly slower than the best are not waited for.
 *
 * @throws StudioError `canceled`
 */
export async function benchmark(input: BenchmarkInput): Promise<readonly Measurement[]> {
  const done: Timed[] = []
  const end = performance.now() + 1000 * (input.seconds ?? Infinity)
  for (const [index, candidate] of input.candidates.entries()) {
    throwIfAborted(input.signal)
    // The candidates ahead share what is left.
    const left = (end - performance.now()) / (input.candidates.length - index)
    if (left <= 0) break
    input.onProgress?.(candidate, index)
    const timed = await time(input, candidate, bestOf(done), left)
    if (timed) done.push(timed)
  }
  throwIfAborted(input.signal)
  return done.map(({ measurement }) => measurement)
}

interface Timed {
  readonly measurement: Measurement
  /** Milliseconds until its first step was done; null without one. */
  readonly first: number | null
}

function bestOf(done: readonly Timed[]): Timed | undefined {
  const seconds = ({ measurement }: Timed): number => measurement.secondsPerImage ?? Infinity
  return done
    .filter((one) => seconds(one) < Infinity)
    .reduce<Timed | undefined>((best, one) => (best && seconds(best) <= seconds(one) ? best : one), undefined)
}

async function time(
  { shape, batchSize, signal, trial = runTrial }: BenchmarkInput,
  { engine, device, precision, label }: Candidate,
  best: Timed | undefined,
  left: number,
): Promise<Timed | null> {
  const start = performance.now()
  const enough = new AbortController()
  const late = new AbortController()
  const lateTimer = left < Infinity ? setTimeout(() => late.abort(), left) : undefined
  const limit = best?.first == null ? patience : patienceBesideOthers + plainly * best.first
  const timer = setTimeout(() => enough.abort(), limit)
  const steps: StepTimes[] = []
  let first: number | null = null
  const cost = (): number => secondsPerImage(steps.slice(1), shape.images, batchSize)

  function onStep(step: StepTimes): void {
    steps.push(step)
    first ??= performance.now() - start
    clearTimeout(timer)
    const slowest = plainly * (best?.measurement.secondsPerImage ?? Infinity)
    if (steps.length > 1 && cost() > slowest) enough.abort()
  }

  const failure = await trial(
    { kind: 'benchmark', engine, execution: { device, precision }, shape },
    {
      onAnswer: ({ step }) => step && onStep(step),
      signal: AbortSignal.any([enough.signal, late.signal, ...(signal ? [signal] : [])]),
    },
  )
  clearTimeout(timer)
  clearTimeout(lateTimer)
  if (late.signal.aborted && steps.length < 2) return null
  const why = whyRuledOut(failure, steps.length, enough.signal.aborted, limit)
  const measured = { secondsPerImage: why ? null : cost(), reason: why && ruledOut(why) }
  return { first, measurement: { engine, device, precision, label, ...measured } }
}

const ruledOut = (problem: ErrorFact): DeviceFact => ({ code: 'ruled-out', values: { problem } })

/** What was timed counts, though the process then ended otherwise: it may have been given up, or fail as it closes. */
function whyRuledOut(
  failure: ErrorFact | null,
  steps: number,
  givenUp: boolean,
  limit: number,
): ErrorFact | null {
  if (failure === null || (steps > 1 && failure.code === 'trial-ended')) return null
  return givenUp ? new StudioError('no-step', { seconds: Math.round(limit / 1000) }).fact : failure
}

/** Time of its fastest step: whatever else the machine does can only slow one down. */
function secondsPerImage(steps: readonly StepTimes[], images: number, batchSize: number): number {
  const accumulate = Math.min(...steps.map((step) => step.accumulate))
  const apply = Math.min(...steps.map((step) => step.apply))
  return accumulate / images + apply / batchSize
}

/** Steps that count, after a first one that compiles and warms up: two, and of quick ones as many as take this long. */
const counted = { least: 2, most: 30, seconds: 0.6 }

/** Trains some steps on noise, and says after each how long it took. */
export async function measureSteps(
  engine: Engine,
  execution: ExecutionOptions,
  { network: options, threads, frozen, images }: StepShape,
  onStep: (times: StepTimes) => void,
): Promise<void> {
  const network = buildNetwork(options)
  const initial = { weights: quickWeights(network), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { ...execution, threads, frozen })
  const batch = noiseBatch(network, images)
  try {
    let spent = 0
    for (let step = 0; step <= counted.least || (step <= counted.most && spent < counted.seconds); step++) {
      const start = performance.now()
      await trainer.accumulate({ ...batch, dropoutSeed: [step] })
      const middle = performance.now()
      await trainer.apply({ learningRate: 1e-6, momentum: 0.9, weightDecay: 5e-4 })
      const end = performance.now()
      if (step > 0) spent += (end - start) / 1000
      onStep({ accumulate: (middle - start) / 1000, apply: (end - middle) / 1000 })
    }
  } finally {
    await trainer.dispose()
  }
}

/** A prime: patterns that return do not line up with rows. */
const patternLength = 4093

/**
 * Weights of a usual size, made in no time: a short random pattern over and over. Real ones of a large network would
 * take seconds to draw, and nothing here depends on them but that no number overflows.
 */
function quickWeights(network: Network): Tensors {
  const draw = random(1)
  const pattern = Float32Array.from({ length: patternLength }, () => draw.normal())
  return new Map(
    parameters(network).map(({ name, shape, role }) => {
      const data = new Float32Array(elementCount(shape))
      if (role === 'weight') fill(data, pattern, Math.sqrt(2 / elementCount(shape.slice(1))))
      else data.fill(role === 'scale' || role === 'runningVar' ? 1 : 0)
      return [name, { shape, data }]
    }),
  )
}

function fill(data: Float32Array, pattern: Float32Array, deviation: number): void {
  const scaled = pattern.map((value) => value * deviation)
  for (let start = 0; start < data.length; start += scaled.length) {
    data.set(scaled.subarray(0, Math.min(scaled.length, data.length - start)), start)
  }
}
