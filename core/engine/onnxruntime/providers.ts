import { availableParallelism, cpus, totalmem } from 'node:os'
import type * as ort from 'onnxruntime-node'
import type { Dialect } from '../../graph/onnx/writer.ts'
import type { Runner } from '../../graph/passes/index.ts'
import type { DeviceFact } from '../../messages/catalog.ts'
import type { Device } from '../types.ts'
import type { NvidiaGpu } from '../nvidia.ts'
import { hasCudaLibraries } from './location.ts'
import { preloadCuda, runtime } from './runtime.ts'

/** One of ONNX Runtime's execution providers, as a device of ours. */
export interface Provider {
  /** What `--device` takes. */
  readonly id: 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml'
  /** Display text. */
  readonly name: string
  /** executionProviders of a session. */
  readonly execution: readonly ort.InferenceSession.ExecutionProviderConfig[]
  readonly dialect: Dialect
  /** Refuse a graph of which a part would fall back to the CPU. */
  readonly wholeGraph: boolean
  /** Weights can stay in its memory between runs: the Node binding knows device tensors for WebGPU only. */
  readonly resident: boolean
  /** Where the package has it but it does not start: what to do. */
  readonly remedy: DeviceFact
  /** What comes before its first session. */
  readonly prepare?: () => void
}

const needs = (what: DeviceNeeds['what']): DeviceFact => ({ code: 'device-needs', values: { what } })
type DeviceNeeds = Extract<DeviceFact, { readonly code: 'device-needs' }>['values']

const cores = availableParallelism()

export const cpuProvider: Provider = {
  id: 'cpu',
  name: `${cpus()[0]?.model.trim() ?? 'CPU'}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
  execution: ['cpu'],
  dialect: 'cpu',
  wholeGraph: false,
  resident: false,
  remedy: needs('cpu'),
}

const webgpu: Provider = {
  id: 'webgpu',
  name: 'GPU through WebGPU',
  execution: ['webgpu'],
  dialect: 'portable',
  wholeGraph: true,
  resident: true,
  remedy: needs('webgpu'),
}

const cuda: Provider = {
  id: 'cuda',
  name: 'NVIDIA GPU through CUDA',
  execution: ['cuda'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy: needs('cuda'),
  prepare: preloadCuda,
}

const dml: Provider = {
  id: 'dml',
  name: 'GPU through DirectML',
  execution: ['dml'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy: needs('dml'),
}

const coreml: Provider = {
  id: 'coreml',
  name: 'Apple GPU and Neural Engine through CoreML',
  execution: ['coreml'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy: needs('coreml'),
}

/** The providers that the installed package was built with, the CPU first. */
export function providers(): readonly Provider[] {
  const built = new Set(
    runtime()
      .listSupportedBackends()
      .map(({ name }) => name),
  )
  return [cpuProvider, ...[webgpu, cuda, dml, coreml].filter(({ id }) => built.has(id))]
}

/** CUDA's device with its libraries there: what it needs besides is the driver's. */
export function cudaDevice({ name, memory }: NvidiaGpu): Device {
  return { ...deviceOf(cuda), name: `${name} through CUDA`, memory, remedy: needs('cuda-gpu') }
}

/**
 * The providers as devices. Of CUDA is known without trying whether it can start: what it lacks takes no self-test.
 *
 * @param gpus what NVIDIA's driver lists
 */
export function listedDevices(
  gpus: readonly NvidiaGpu[],
  environment: NodeJS.ProcessEnv = process.env,
): readonly Device[] {
  return providers().map((provider) =>
    provider.id === 'cuda' ? listedCuda(gpus, hasCudaLibraries(environment)) : deviceOf(provider),
  )
}

function listedCuda([gpu]: readonly NvidiaGpu[], hasLibraries: boolean): Device {
  const known = gpu ? cudaDevice(gpu) : deviceOf(cuda)
  if (gpu && hasLibraries) return known
  const reason = { code: 'no-cuda', values: { what: gpu ? 'libraries' : 'gpu' } } as const
  return { ...known, usable: false, reason }
}

/** What runs its training graphs. */
export function runnerOf({ dialect, resident }: Provider): Runner {
  if (resident) return 'resident'
  return dialect === 'cpu' ? 'cpu' : 'fed'
}

/** The same by the device's id. */
export function runnerOnDevice(device: string): Runner {
  const provider = [cpuProvider, webgpu, cuda, dml, coreml].find(({ id }) => id === device)
  return provider ? runnerOf(provider) : 'fed'
}

/** The provider as a device: usable as far as the package tells; whether it works is for a self-test to say (see selection/selfTest.ts). */
export function deviceOf(provider: Provider): Device {
  return {
    engine: 'onnxruntime',
    id: provider.id,
    name: provider.name,
    precisions: ['fp32'],
    usable: true,
    remedy: provider.remedy,
    ...(provider.id === 'cpu' ? { memory: totalmem() } : {}),
  }
}
