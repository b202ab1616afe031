import { StudioError, throwIfAborted } from '../base/errors.ts'
import {
  candidateOf,
  candidatesOf,
  deviceTitle,
  engineTitles,
  findDevice,
  type Candidate,
} from '../engine/candidates.ts'
import type { Execution } from '../engine/execution.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { installables } from '../engine/installables.ts'
import { firstProven, proofFailure, type Proof } from '../engine/proof.ts'
import { startFailure } from '../engine/start.ts'
import type { Device, Engine, EngineName, ExecutionOptions, Precision } from '../engine/types.ts'
import type { Id } from '../registry/types.ts'
import type { Checkpoint } from '../training/checkpoint.ts'
import type { Recipe } from '../training/recipe.ts'
import type { JobContext } from './context.ts'
import { rememberedProof } from './proof.ts'

/** Where a job computes; `auto` and left out: see chooseExecution. */
export interface ExecutionInput {
  readonly engine?: EngineName | 'auto' | undefined
  readonly device?: string | undefined
  readonly precision?: Precision | 'auto' | undefined
}

type Trained = Pick<Checkpoint, 'execution' | 'recipe'>

interface Place {
  readonly engine: Engine
  readonly execution: ExecutionOptions
}

/** How devices are tried; tests bring their own. */
interface Trials {
  readonly start?: typeof startFailure
  readonly proof?: Proof
}

/**
 * The engine, and its options, for evaluation, prediction and export: where the run was trained, if that is here, else
 * ONNX Runtime on the CPU, and among what was asked for. In fp32 unless something else is: what is deployed computes so,
 * and its numbers are the ones to know. A GPU that was named is proven first; of one that nobody named, and that does not
 * start here any more, a notice is given.
 *
 * @throws StudioError where what was asked for is not here; `canceled`
 */
export async function chooseExecution(
  context: Pick<JobContext, 'home' | 'emit' | 'signal'>,
  { engine = 'auto', device = 'auto', precision = 'auto' }: ExecutionInput,
  { execution: trained, recipe }: Trained,
  { start = startFailure, proof }: Trials = {},
): Promise<Place> {
  const wanted = precision === 'auto' ? 'fp32' : precision
  const devices = await allDevices()
  const candidates = candidatesOf(devices, { engine, device, precision: wanted })
  const own = candidates.find((one) => one.engine === trained?.engine && one.device === trained.device)
  const usual =
    candidates.find((one) => one.engine === 'onnxruntime' && one.device === 'cpu') ??
    candidates.find((one) => one.device === 'cpu') ??
    candidates[0]!
  const place = placeOf(own ?? usual, recipe)
  if (device !== 'auto') {
    await firstProven([own ?? usual], proof ?? rememberedProof(context, devices))
    return place
  }
  if (own === undefined || own === usual || own.device === 'cpu') return place
  const { emit, signal } = context
  const failure = await start(own.engine, place.execution, signal)
  throwIfAborted(signal)
  if (failure === null) return place
  const message = `${own.label}, where the run was trained, does not start here: ${usual.label} computes instead.`
  emit({ event: 'notice', code: 'other-device', message, hint: failure })
  return placeOf(usual, recipe)
}

function placeOf({ engine, device, precision }: Candidate, { execution: { threads } }: Recipe): Place {
  return {
    engine: findEngine(engine),
    execution: { device, precision, ...(threads !== null && { threads }) },
  }
}

/**
 * The engine that a run was trained by so far, for going on; its device is proven as that of a new run is.
 * @throws StudioError `engine-missing` where it, its device or its precision is not here, or does not work, any more;
 * `canceled`
 */
export async function recordedEngine(
  context: Pick<JobContext, 'home' | 'emit' | 'signal'>,
  run: Id,
  { execution, recipe }: Trained,
): Promise<Engine> {
  if (execution === null) return findEngine(recipe.execution.engine)
  const devices = await allDevices()
  const device = findDevice(devices, execution)
  if (!device?.usable || !device.precisions.includes(execution.precision)) {
    throw missing(run, execution, device, 'is not here any more.')
  }
  const candidate = candidateOf(device, execution.precision)
  const failure = await proofFailure(candidate, rememberedProof(context, devices))
  if (failure !== null) throw missing(run, execution, device, `does not work here. ${failure}`)
  return findEngine(execution.engine)
}

function missing(run: Id, execution: Execution, device: Device | undefined, why: string): StudioError {
  const { engine, engineVersion, device: id, precision } = execution
  const where = `${engineTitles[engine]} ${engineVersion} on ${deviceTitle(id)} in ${precision}`
  const installable = device?.usable === false && installables.some(({ name }) => name === engine)
  const back = installable
    ? `Install it with \`vgg-studio engines install ${engine}\``
    : 'Make it work again (see `vgg-studio devices`)'
  return new StudioError('engine-missing', `Run ${run} was trained by ${where}, which ${why}`, {
    hint: `${back}, or start a new run from its weights: vgg-studio train DATASET --from ${run}.`,
  })
}
