import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import { withStudioErrors } from './errors.ts'
import { findInstallation, type Installation } from './location.ts'

/**
 * The native module of tfjs-node, driven directly: its JavaScript above it would cost a second at the start, parse each
 * graph once more, and needs two functions that Node 23 took out of `util`.
 */
export interface Binding {
  createTensor(shape: readonly number[], type: number, data: Float32Array): number
  deleteTensor(tensor: number): void
  /** A copy of the tensor's values. */
  tensorDataSync(tensor: number): Float32Array
  loadSavedModel(folder: string, tags: string): number
  deleteSavedModel(model: number): void
  /** @param inputs, outputs names (`node:0`), separated by commas */
  runSavedModel(
    model: number,
    tensors: readonly number[],
    inputs: string,
    outputs: string,
  ): readonly { readonly id: number; readonly shape: readonly number[] }[]
  getNumOfTensors(): number
  getNumOfSavedModels(): number
  readonly TF_Version: string
}

let loaded: { readonly binding: Binding; readonly path: string } | undefined

/**
 * Loads TensorFlow into this process; once, since it reads its settings from the environment when it starts. What the
 * environment already says is left as it is, but for threads that were asked for.
 */
export function loadBinding(
  threads?: number,
  installation: Installation | null = findInstallation(),
): Binding {
  if (loaded) return loaded.binding
  if (!installation) throw notInstalled()
  configure(process.env, threads)
  const path = installation.binding
  const binding = withStudioErrors(() => createRequire(import.meta.url)(path) as Binding)
  loaded = { binding, path }
  return binding
}

export function notInstalled(): StudioError {
  return new StudioError('engine-not-installed', {})
}

function configure(environment: NodeJS.ProcessEnv, threads: number | undefined): void {
  for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) {
    if (threads !== undefined) environment[name] = String(threads)
    else environment[name] ??= String(availableParallelism())
  }
  environment['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  environment['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}
