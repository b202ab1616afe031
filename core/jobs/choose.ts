import { availableParallelism } from 'node:os'
import { calibrate, type Measurement } from '../engine/calibrate.ts'
import type { StepShape } from '../engine/calibrationSteps.ts'
import { candidatesOf, findDevice, type Candidate } from '../engine/candidates.ts'
import { chooseFastest, explain } from '../engine/choice.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { firstProven, ruleOutUnproven } from '../engine/proof.ts'
import type { Device } from '../engine/types.ts'
import { describe } from '../network/cost.ts'
import { buildNetwork } from '../network/architectures/index.ts'
import type { Chosen } from '../training/events.ts'
import { frozenLayers } from '../training/layers.ts'
import { memoryOn } from '../training/memory.ts'
import { firstMicroBatch } from '../training/microBatch.ts'
import { networkOptions, type Recipe } from '../training/recipe.ts'
import type { JobContext } from './context.ts'
import { measurementKey } from './measurementKey.ts'
import { keepMeasurements, knownMeasurements } from './measurements.ts'
import { rememberedProof } from './proof.ts'

export interface ResolvedRecipe {
  /** With engine, device, precision and threads; the micro-batch is the run's to choose, as it starts. */
  readonly recipe: Recipe
  /** Null where there was nothing to choose. */
  readonly chosen: Chosen | null
}

/** Multiply-adds (forward) of a calibration step, about: four images of VGG-D at 224, or more of something smaller. */
const stepWork = 62e9

/**
 * Fills in what a recipe leaves to the studio about where it is computed. Where several engines, devices or precisions
 * fit it, some steps of its own shape are trained with each, unless that is known already; the fastest is taken that
 * computes what the CPU does.
 *
 * @throws StudioError where nothing fits or works; `canceled`
 */
export async function resolveExecution(
  context: Pick<JobContext, 'home' | 'emit' | 'signal'>,
  recipe: Recipe,
  classes: number,
): Promise<ResolvedRecipe> {
  const devices = await allDevices()
  const candidates = candidatesOf(devices, recipe.execution)
  const work = workOf(recipe, classes, candidates, devices)
  const proof = rememberedProof(context, devices)
  if (candidates.length === 1) {
    return { recipe: resolved(recipe, await firstProven(candidates, proof), work), chosen: null }
  }
  const key = measurementKey(devices, { shape: work.shape, batchSize: work.batchSize })
  const tried = await measured(context, candidates, work, key)
  const measurements = await ruleOutUnproven(tried, proof)
  if (measurements !== tried) await keepMeasurements(context.home, key, measurements)
  const chosen = chooseFastest(measurements)
  const { engine, device, precision } = chosen
  const explanation = explain(chosen, measurements)
  return {
    recipe: resolved(recipe, chosen, work),
    chosen: { event: 'chosen', engine, device, precision, explanation, tried: measurements },
  }
}

/** Bytes that are to be had where a recipe computes. */
export async function memoryFor({ execution }: Recipe): Promise<number> {
  return memoryOn(findDevice(await allDevices(), execution) ?? { id: execution.device })
}

interface Work {
  readonly shape: StepShape
  readonly batchSize: number
}

function workOf(
  recipe: Recipe,
  classes: number,
  candidates: readonly Candidate[],
  devices: readonly Device[],
): Work {
  const options = networkOptions(recipe, classes)
  const network = buildNetwork(options)
  const { batchSize, microBatch: wanted } = recipe.optimization
  const microBatchOn = (candidate: Candidate): number => {
    const { engine, device, precision } = candidate
    const available = memoryOn(findDevice(devices, candidate) ?? { id: device })
    const place = { engine: findEngine(engine), device, precision, available }
    return firstMicroBatch(network, batchSize, wanted, place).size
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

function resolved(recipe: Recipe, candidate: Candidate, { shape }: Work): Recipe {
  const { engine, device, precision } = candidate
  return {
    ...recipe,
    execution: { ...recipe.execution, engine, device, precision, threads: shape.threads },
  }
}

async function measured(
  { home, emit, signal }: Pick<JobContext, 'home' | 'emit' | 'signal'>,
  candidates: readonly Candidate[],
  { shape, batchSize }: Work,
  key: string,
): Promise<readonly Measurement[]> {
  const known = await knownMeasurements(home, key, candidates)
  if (known) return known
  const total = candidates.length
  const onProgress = ({ label: detail }: Candidate, done: number): void =>
    emit({ event: 'progress', phase: 'calibrate', done, total, secondsLeft: null, detail })
  const measurements = await calibrate({ candidates, shape, batchSize, onProgress, signal })
  await keepMeasurements(home, key, measurements)
  return measurements
}
