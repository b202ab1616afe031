import { availableParallelism } from 'node:os'
import { StudioError, throwIfAborted } from '../../base/errors.ts'
import type { Execution } from '../../engine/execution.ts'
import { allDevices, findEngine } from '../../engine/index.ts'
import { installables } from '../../engine/installables.ts'
import { benchmark, type Measurement } from '../../engine/selection/benchmark.ts'
import {
  candidateOf,
  candidatesOf,
  deviceTitle,
  engineTitles,
  findDevice,
  type Candidate,
} from '../../engine/selection/candidates.ts'
import {
  chooseFastest,
  explainChoice,
  firstPassing,
  ruleOutFailing,
  testFailure,
  type CandidateTest,
} from '../../engine/selection/choice.ts'
import { keepMeasurements, knownMeasurements, measurementKey } from '../../engine/selection/remembered.ts'
import { startFailure, testPrecision } from '../../engine/selection/selfTest.ts'
import { runTrial, type Machine, type StepShape, type Trial } from '../../engine/selection/trial.ts'
import type { Device, Engine, EngineName, ExecutionOptions, Precision } from '../../engine/types.ts'
import { supportedCandidates } from '../../engine/supports.ts'
import { buildNetwork, type NetworkOptions } from '../../network/architectures/index.ts'
import { describe } from '../../network/cost.ts'
import type { Reason } from '../../messages/types.ts'
import type { Network } from '../../network/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import type { Chosen } from '../../training/events.ts'
import { frozenLayers } from '../../training/layers.ts'
import { memoryOn } from '../../training/memory.ts'
import { firstMicroBatch } from '../../training/microBatchSize.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { JobContext } from '../context/context.ts'

const thisMachine: Machine = { devices: allDevices, trial: runTrial }

type Context = Pick<JobContext, 'home' | 'emit' | 'signal' | 'machine'>

export interface ResolvedRecipe {
  /** The recipe with engine, device, precision and threads; the micro-batch is the run's to choose, as it starts. */
  readonly recipe: Recipe
  /** Null where there was nothing to choose. */
  readonly chosen: Chosen | null
}

/**
 * Fills in what a recipe leaves to the studio about where it is computed. Where several engines, devices or precisions
 * fit it, some steps of its own shape are trained with each, unless that is known already; the fastest is taken that
 * passes its self-test.
 *
 * @throws StudioError where nothing fits or works; `canceled`
 */
export async function selectForTraining(
  context: Context,
  recipe: Recipe,
  classes: number,
): Promise<ResolvedRecipe> {
  const { machine = thisMachine } = context
  const devices = await machine.devices()
  const options = networkOptions(recipe, classes)
  const network = buildNetwork(options)
  const candidates = supportedCandidates(candidatesOf(devices, recipe.execution), network, findEngine)
  const work = stepOf(recipe, { options, network }, candidates, devices)
  const test = rememberedTest(context, devices)
  if (candidates.length === 1) {
    return { recipe: resolved(recipe, await firstPassing(candidates, test), work), chosen: null }
  }
  const key = measurementKey(devices, { ...work })
  const all = await measured(context, candidates, work, key, machine.trial)
  const measurements = await ruleOutFailing(all, test)
  if (measurements !== all) await keepMeasurements(context.home.cache, key, measurements)
  const chosen = chooseFastest(measurements)
  const { engine, device, precision } = chosen
  const explanation = explainChoice(chosen, measurements)
  return {
    recipe: resolved(recipe, chosen, work),
    chosen: { event: 'chosen', engine, device, precision, explanation, tried: measurements },
  }
}

/** Bytes that are to be had where a recipe computes. */
export async function memoryFor({ execution }: Recipe): Promise<number> {
  return memoryOn(findDevice(await allDevices(), execution) ?? { id: execution.device })
}

/** The training step that candidates are held against each other by. */
interface Step {
  readonly shape: StepShape
  readonly batchSize: number
}

/** Multiply-adds (forward) of a benchmark's step, about: four images of VGG-D at 224, or more of something smaller. */
const stepWork = 62e9

function stepOf(
  recipe: Recipe,
  { options, network }: { readonly options: NetworkOptions; readonly network: Network },
  candidates: readonly Candidate[],
  devices: readonly Device[],
): Step {
  const { batchSize, microBatch: wanted } = recipe.optimization
  const microBatchOn = (candidate: Candidate): number => {
    const { engine, device, precision } = candidate
    const available = memoryOn(findDevice(devices, candidate) ?? { id: device })
    const target = { engine: findEngine(engine), device, precision, available }
    return firstMicroBatch(network, batchSize, wanted, target).size
  }
  const affordable = Math.ceil(stepWork / describe(network).multiplyAdds)
  const shape = {
    network: options,
    frozen: frozenLayers(network, recipe.optimization),
    // The same for all: what even the one with the least memory can do.
    images: Math.min(affordable, ...candidates.map(microBatchOn)),
    threads: recipe.execution.threads ?? availableParallelism(),
  }
  return { shape, batchSize }
}

function resolved(recipe: Recipe, { engine, device, precision }: Candidate, { shape }: Step): Recipe {
  return {
    ...recipe,
    execution: { ...recipe.execution, engine, device, precision, threads: shape.threads },
  }
}

async function measured(
  { home, emit, signal }: Context,
  candidates: readonly Candidate[],
  step: Step,
  key: string,
  trial: Trial,
): Promise<readonly Measurement[]> {
  const known = await knownMeasurements(home.cache, key, candidates)
  if (known) return known
  const total = candidates.length
  const onProgress = ({ label: detail }: Candidate, done: number): void =>
    emit({ event: 'progress', phase: 'calibrate', done, total, secondsLeft: null, detail })
  const measurements = await benchmark({ candidates, ...step, onProgress, signal, trial })
  await keepMeasurements(home.cache, key, measurements)
  return measurements
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
 * The engine that a run was trained by so far, for going on; its device is tested as that of a new run is.
 * @throws StudioError `engine-missing` where it, its device or its precision is not here, or does not work, any more;
 * `canceled`
 */
export async function selectForResuming(
  context: Context,
  run: Id,
  { execution, recipe }: Trained,
): Promise<Engine> {
  const { machine = thisMachine } = context
  if (execution === null) return findEngine(recipe.execution.engine)
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

function missing(
  run: Id,
  execution: Execution,
  device: Device | undefined,
  reason: Reason | null,
): StudioError {
  const { engine, engineVersion, device: id, precision } = execution
  const label = `${engineTitles[engine]} ${engineVersion} on ${deviceTitle(id)} in ${precision}`
  const installable = device?.usable === false && installables.some(({ name }) => name === engine)
  return new StudioError('engine-missing', { run, label, reason, install: installable ? engine : null })
}
