import { StudioError } from '../base/errors.ts'
import { candidatesOf, deviceTitle, engineTitles, findDevice } from '../engine/candidates.ts'
import type { Execution } from '../engine/execution.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { installables } from '../engine/installables.ts'
import type { Device, Engine, EngineName, ExecutionOptions, Precision } from '../engine/types.ts'
import type { Id } from '../registry/types.ts'
import type { Checkpoint } from '../training/checkpoint.ts'

/** Where a job computes; `auto` and left out: see chooseExecution. */
export interface ExecutionInput {
  readonly engine?: EngineName | 'auto' | undefined
  readonly device?: string | undefined
  readonly precision?: Precision | 'auto' | undefined
}

type Trained = Pick<Checkpoint, 'execution' | 'recipe'>

/**
 * The engine, and its options, for evaluation, prediction and export: where the run was trained, if that is here, else
 * ONNX Runtime on the CPU, and among what was asked for. In fp32 unless something else is: what is deployed computes so,
 * and its numbers are the ones to know.
 *
 * @throws StudioError where what was asked for is not here
 */
export async function chooseExecution(
  { engine = 'auto', device = 'auto', precision = 'auto' }: ExecutionInput,
  { execution: trained, recipe }: Trained,
): Promise<{ readonly engine: Engine; readonly execution: ExecutionOptions }> {
  const wanted = precision === 'auto' ? 'fp32' : precision
  const candidates = candidatesOf(await allDevices(), { engine, device, precision: wanted })
  const chosen =
    candidates.find((one) => one.engine === trained?.engine && one.device === trained.device) ??
    candidates.find((one) => one.engine === 'onnxruntime' && one.device === 'cpu') ??
    candidates.find((one) => one.device === 'cpu') ??
    candidates[0]!
  const { threads } = recipe.execution
  return {
    engine: findEngine(chosen.engine),
    execution: {
      device: chosen.device,
      precision: chosen.precision,
      ...(threads === null ? {} : { threads }),
    },
  }
}

/**
 * The engine that a run was trained by so far, for going on.
 * @throws StudioError `engine-missing` where it, its device or its precision is not here any more
 */
export async function recordedEngine(run: Id, { execution, recipe }: Trained): Promise<Engine> {
  if (execution === null) return findEngine(recipe.execution.engine)
  const device = findDevice(await allDevices(), execution)
  if (device?.usable && device.precisions.includes(execution.precision)) return findEngine(execution.engine)
  throw missing(run, execution, device)
}

function missing(run: Id, execution: Execution, device: Device | undefined): StudioError {
  const { engine, engineVersion, device: id, precision } = execution
  const where = `${engineTitles[engine]} ${engineVersion} on ${deviceTitle(id)} in ${precision}`
  const installable = device?.usable === false && installables.some(({ name }) => name === engine)
  const back = installable
    ? `Install it with \`vgg-studio engines install ${engine}\``
    : 'Bring it back (see `vgg-studio devices`)'
  return new StudioError(
    'engine-missing',
    `Run ${run} was trained by ${where}, which is not here any more.`,
    {
      hint: `${back}, or start a new run from its weights: vgg-studio train DATASET --from ${run}.`,
    },
  )
}
