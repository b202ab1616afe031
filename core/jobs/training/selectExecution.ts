import { availableParallelism } from 'node:os'
import { StudioError, throwIfAborted } from '../../base/errors.ts'
import type { Execution, TrainedBy } from '../../engine/execution.ts'
import { allDevices, findEngine } from '../../engine/index.ts'
import { installables } from '../../engine/installables.ts'
import { benchmark, type Measurement } from '../../engine/selection/benchmark.ts'
import {
  candidateOf,
  candidatesOf,
  findDevice,
  sameCandidate,
  type Candidate,
} from '../../engine/selection/candidates.ts'
import {
  chooseFastest,
  explainChoice,
  fastestFirst,
  firstPassing,
  ruleOutFailing,
  testFailure,
  type CandidateTest,
} from '../../engine/selection/choice.ts'
import {
  keepMeasurements,
  knownFailures,
  knownMeasurements,
  measurementKey,
} from '../../engine/selection/remembered.ts'
import {
  expectedSeconds,
  isObserved,
  openSpeeds,
  type ComputeTarget,
  type StepKind,
} from '../../engine/selection/speeds.ts'
import { stepCost, type StepCost } from '../../engine/selection/stepCost.ts'
import { startFailure, testPrecision } from '../../engine/selection/selfTest.ts'
import { runTrial, type Machine, type StepShape } from '../../engine/selection/trial.ts'
import type { Device, Engine, EngineName, ExecutionOptions, Precision } from '../../engine/types.ts'
import { supportedCandidates } from '../../engine/supports.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { describe } from '../../network/cost.ts'
import { deviceTitle, engineTitle } from '../../messages/names.ts'
import type { Reason } from '../../messages/types.ts'
import type { Network } from '../../network/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import type { Chosen } from '../../training/events.ts'
import { frozenLayers } from '../../training/layers.ts'
import { memoryOn } from '../../training/memory.ts'
import { firstMicroBatch } from '../../training/microBatchSize.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import { trialSeconds } from '../../training/trials.ts'
import type { WorkContext } from '../context/context.ts'
import { selfTestStep } from '../tasks/speed.ts'

const thisMachine: Machine = { devices: allDevices, trial: runTrial }

type Context = Pick<WorkContext, 'home' | 'emit' | 'signal' | 'skip' | 'machine'>

export interface ResolvedRecipe {
  /** The recipe with engine, device, precision and threads; the micro-batch is the run's to choose, as it starts. */
  readonly recipe: Recipe
  /** Null where there was nothing to choose. */
  readonly chosen: Chosen | null
}

/** How it is found where a new run computes. */
export interface SelectionInput {
  readonly classes: number
  /** Seconds that the run is expected to take where it may; trials take a twentieth of them at most. */
  readonly expected: (target: ComputeTarget) => number
  /** Seconds that trials take at most; default: by what the run is expected to take. */
  readonly seconds?: number
  /** Whether nothing is tried: what the machine has shown decides. A GPU is proven in any case. */
  readonly skip?: boolean
}

/** How many are tried. */
const triedAtOnce = 2

/**
 * Fills in what a recipe leaves to the studio about where it is computed. Where several engines, devices or precisions
 * fit it, what this machine has shown tells which is the fastest; the two best are tried with some steps of the run's own
 * network, if they have not shown that yet and the run is long enough. The fastest is taken that passes its self-test.
 *
 * @throws StudioError where nothing fits or works; `canceled`
 */
export async function selectForTraining(
  context: Context,
  recipe: Recipe,
  input: SelectionInput,
): Promise<ResolvedRecipe> {
  const { machine = thisMachine } = context
  const devices = await machine.devices()
  const options = networkOptions(recipe, input.classes)
  const network = buildNetwork(options)
  const candidates = supportedCandidates(candidatesOf(devices, recipe.execution), network, findEngine)
  const test = rememberedTest(context, devices)
  const threads = recipe.execution.threads ?? availableParallelism()
  const place = (one: Candidate): ResolvedRecipe['recipe'] => resolved(recipe, one, threads)
  if (candidates.length === 1) return { recipe: place(await firstPassing(candidates, test)), chosen: null }

  const { batchSize } = recipe.optimization
  const frozen = frozenLayers(network, recipe.optimization)
  const work = stepCost(network, frozen)
  const stepOn = (candidate: Candidate): StepKind => ({
    ...{ work, batchSize, threads },
    images: microBatchOn(candidate, network, recipe, devices),
  })
  const speeds = openSpeeds(context.home.folder)
  const key = measurementKey(devices, { network: options, frozen })
  const failures = [...(await knownFailures(context.home.cache, key))]
  const now = (): readonly Measurement[] =>
    candidates.map((one) => {
      const failure = failures.find((other) => sameCandidate(other, one))
      if (failure) return { ...one, secondsPerImage: null, reason: failure.reason }
      const list = speeds.list()
      const step = stepOn(one)
      return {
        ...one,
        secondsPerImage: expectedSeconds(list, one, step),
        seen: isObserved(list, one, step),
        reason: null,
      }
    })

  const best = fastestFirst(now()).slice(0, triedAtOnce)
  const seconds = input.seconds ?? trialSeconds(input.expected(best[0] ?? candidates[0]!))
  const untried = best.filter(({ seen }) => !seen)
  const tries = input.skip !== true && best.length > 1 && seconds > 0
  if (tries && untried.length > 0) {
    const trial = { network: options, frozen, threads, batchSize, seconds }
    failures.push(
      ...(await tryOut(context, untried, { ...trial, work, images: smallest(untried.map(stepOn)) })),
    )
  }
  const measurements = await proven(now, failures, test)
  await keepMeasurements(context.home.cache, key, measurements)
  const chosen = chooseFastest(measurements)
  const { engine, device, precision } = chosen
  const explanation = explainChoice(chosen, measurements, speeds.list().length > 0)
  return {
    recipe: place(chosen),
    chosen: { event: 'chosen', engine, device, precision, explanation, tried: measurements },
  }
}

/**
 * Measurements of which the fastest has passed its test. A test times a step: what nothing was seen of before may turn out
 * to be slow.
 */
async function proven(
  now: () => readonly Measurement[],
  failures: Measurement[],
  test: CandidateTest,
): Promise<readonly Measurement[]> {
  const measured = await ruleOutFailing(now(), test)
  const isKnown = (one: Measurement): boolean => failures.some((other) => sameCandidate(other, one))
  failures.push(...measured.filter((one) => one.secondsPerImage === null && !isKnown(one)))
  const again = now()
  const isSame = sameCandidate(chooseFastest(measured), chooseFastest(again))
  return isSame ? again : proven(now, failures, test)
}

const smallest = (steps: readonly StepKind[]): number => Math.min(...steps.map(({ images }) => images))

interface Tryout extends StepShape {
  readonly batchSize: number
  readonly work: StepCost
  /** That all of it may take. */
  readonly seconds: number
}

/** Multiply-adds (forward) of a trial's step, about: four images of VGG-D at 224, or more of something smaller. */
const stepWorkload = 62e9
/** Seconds after which an engine's process trains its first step, and steps of a trial: one warms up. */
const [engineStart, trialSteps] = [1.5, 4]

/** Tries candidates, keeps what they took, and returns those that failed. */
async function tryOut(
  { home, emit, signal, skip, machine: { trial } = thisMachine }: Context,
  candidates: readonly Measurement[],
  { seconds, batchSize, work, ...shape }: Tryout,
): Promise<readonly Measurement[]> {
  const speeds = openSpeeds(home.folder)
  const each = Math.max(0.3, (seconds / candidates.length - engineStart) / trialSteps)
  const slowest = Math.max(...candidates.map(({ secondsPerImage }) => secondsPerImage ?? 0))
  const { multiplyAdds } = describe(buildNetwork(shape.network))
  const most = Math.min(shape.images, Math.ceil(stepWorkload / multiplyAdds), Math.floor(each / slowest))
  const images = Math.max(1, most)
  const total = candidates.length
  const onProgress = ({ label: detail }: Candidate, done: number): void =>
    emit({
      event: 'progress',
      phase: 'calibrate',
      done,
      total,
      secondsLeft: (seconds * (total - done)) / total,
      detail,
    })
  const stop = AbortSignal.any([signal, ...(skip ? [skip] : [])])
  const input = {
    candidates,
    shape: { ...shape, images },
    batchSize,
    seconds,
    onProgress,
    signal: stop,
    trial,
  }
  const measured = await benchmark(input).catch((error: unknown) => {
    throwIfAborted(signal)
    if (skip?.aborted) return []
    throw error
  })
  for (const { secondsPerImage, ...one } of measured) {
    if (secondsPerImage === null) continue
    await speeds.record({ ...one, work, images, batchSize, threads: shape.threads, secondsPerImage })
  }
  return measured.filter(({ secondsPerImage }) => secondsPerImage === null)
}

/** Bytes that are to be had where a recipe computes. */
export async function memoryFor({ execution }: Recipe): Promise<number> {
  return memoryOn(findDevice(await allDevices(), execution) ?? { id: execution.device })
}

function microBatchOn(
  candidate: Candidate,
  network: Network,
  recipe: Recipe,
  devices: readonly Device[],
): number {
  const { engine, device, precision } = candidate
  const { batchSize, microBatch } = recipe.optimization
  const available = memoryOn(findDevice(devices, candidate) ?? { id: device })
  const target = { engine: findEngine(engine), device, precision, available }
  return firstMicroBatch(network, batchSize, microBatch, target).size
}

function resolved(recipe: Recipe, { engine, device, precision }: Candidate, threads: number): Recipe {
  return { ...recipe, execution: { ...recipe.execution, engine, device, precision, threads } }
}

/**
 * Self-tests candidates, once for this machine and these versions: what passed is known from then on, beside the
 * benchmarks; what failed is tried again.
 *
 * @throws StudioError `canceled`
 */
export function rememberedTest(
  { home, emit, signal, machine: { trial } = thisMachine }: Context,
  devices: readonly Device[],
): CandidateTest {
  return async ({ engine, device, precision, label }) => {
    const candidate = { engine, device, precision, label }
    const key = measurementKey(devices, { selfTest: [engine, device, precision] })
    if (await knownMeasurements(home.cache, key, [candidate])) return null
    throwIfAborted(signal)
    emit({ event: 'progress', phase: 'test', done: 0, total: 1, secondsLeft: null, detail: label })
    const tested = await testPrecision(findDevice(devices, candidate)!, precision, { signal, trial })
    throwIfAborted(signal)
    if (!tested.usable) return tested.reason
    const { secondsPerImage } = tested.selfTest
    await keepMeasurements(home.cache, key, [{ ...candidate, secondsPerImage, reason: null }])
    await openSpeeds(home.folder).record({ engine, device, precision, ...selfTestStep(), secondsPerImage })
    return null
  }
}

/** Where a job computes; `auto` and left out: see selectForModel. */
export interface ExecutionInput {
  readonly engine?: EngineName | 'auto' | undefined
  readonly device?: string | undefined
  readonly precision?: Precision | 'auto' | undefined
}

type Trained = Pick<Checkpoint, 'execution' | 'recipe'>

export interface Selected {
  readonly engine: Engine
  readonly execution: ExecutionOptions
}

/**
 * The engine, and its options, for evaluation, prediction and export: where the run was trained, if that is here, else
 * ONNX Runtime on the CPU, and among what was asked for. In fp32 unless something else is: what is deployed computes so,
 * and its numbers are the ones to know. A GPU that was named is tested first; of one that nobody named, and that does not
 * start here any more, a notice is given.
 *
 * @throws StudioError where what was asked for is not here; `canceled`
 */
export async function selectForModel(
  context: Context,
  { engine = 'auto', device = 'auto', precision = 'auto' }: ExecutionInput,
  { execution: trained, recipe }: Trained,
): Promise<Selected> {
  const { machine = thisMachine } = context
  const wanted = precision === 'auto' ? 'fp32' : precision
  const devices = await machine.devices()
  const candidates = candidatesOf(devices, { engine, device, precision: wanted })
  const own = candidates.find((one) => one.engine === trained?.engine && one.device === trained.device)
  const usual =
    candidates.find((one) => one.engine === 'onnxruntime' && one.device === 'cpu') ??
    candidates.find((one) => one.device === 'cpu') ??
    candidates[0]!
  const selected = selectedOf(own ?? usual, recipe)
  if (device !== 'auto') {
    await firstPassing([own ?? usual], rememberedTest(context, devices))
    return selected
  }
  if (own === undefined || own === usual || own.device === 'cpu') return selected
  const { emit, signal } = context
  const failure = await startFailure(own.engine, selected.execution, { signal, trial: machine.trial })
  throwIfAborted(signal)
  if (failure === null) return selected
  const values = { what: 'unavailable', label: own.label, instead: usual.label, reason: failure } as const
  emit({ event: 'notice', code: 'other-device', values })
  return selectedOf(usual, recipe)
}

function selectedOf({ engine, device, precision }: Candidate, { execution: { threads } }: Recipe): Selected {
  return {
    engine: findEngine(engine),
    execution: { device, precision, ...(threads !== null && { threads }) },
  }
}

/**
 * The engine that a run was trained by so far, for resuming; its device is tested as that of a new run is.
 * @throws StudioError `engine-missing` where it, its device or its precision is not here, or does not work, any more;
 * `canceled`
 */
export async function selectForResuming(
  context: Context,
  run: Id,
  { execution, recipe }: Trained,
): Promise<Engine> {
  const { machine = thisMachine } = context
  // PyTorch trained on other machines: here it goes on as a new run would, and says so.
  if (execution === null || !isEngine(execution)) return findEngine(recipe.execution.engine)
  const devices = await machine.devices()
  const device = findDevice(devices, execution)
  if (!device?.usable || !device.precisions.includes(execution.precision)) {
    throw missing(run, execution, device, null)
  }
  const candidate = candidateOf(device, execution.precision)
  const failure = await testFailure(candidate, rememberedTest(context, devices))
  if (failure !== null) throw missing(run, execution, device, failure)
  return findEngine(execution.engine)
}

const isEngine = (execution: TrainedBy): execution is Execution => execution.engine !== 'pytorch'

function missing(
  run: Id,
  execution: Execution,
  device: Device | undefined,
  reason: Reason | null,
): StudioError {
  const { engine, engineVersion, device: id, precision } = execution
  const label = `${engineTitle(engine)} ${engineVersion} on ${deviceTitle(id)} in ${precision}`
  const installable = device?.usable === false && installables.some(({ name }) => name === engine)
  return new StudioError('engine-missing', { run, label, reason, install: installable ? engine : null })
}
