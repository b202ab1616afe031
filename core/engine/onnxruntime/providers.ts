import { availableParallelism, cpus, totalmem } from 'node:os'
import type * as ort from 'onnxruntime-node'
import type { Dialect } from '../../graph/onnx/writer.ts'
import type { Runner } from '../../graph/passes/index.ts'
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
  readonly remedy: string
  /** What comes before its first session. */
  readonly prepare?: () => void
}

const cores = availableParallelism()

export const cpuProvider: Provider = {
  id: 'cpu',
  name: `${cpus()[0]?.model.trim() ?? 'CPU'}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
  execution: ['cpu'],
  dialect: 'cpu',
  wholeGraph: false,
  resident: false,
  remedy: 'It is part of the package: reinstall with `npm ci`.',
}

const webgpu: Provider = {
  id: 'webgpu',
  name: 'GPU through WebGPU',
  execution: ['webgpu'],
  dialect: 'portable',
  wholeGraph: true,
  resident: true,
  remedy: 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver (on Linux the package libvulkan1).',
}

const cuda: Provider = {
  id: 'cuda',
  name: 'NVIDIA GPU through CUDA',
  execution: ['cuda'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy:
    'It needs an NVIDIA GPU with its driver, and libraries that `vgg-studio engines install onnxruntime-cuda` fetches.',
  prepare: preloadCuda,
}

const dml: Provider = {
  id: 'dml',
  name: 'GPU through DirectML',
  execution: ['dml'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy: 'It needs Windows 10 or later and a GPU with a Direct3D 12 driver.',
}

const coreml: Provider = {
  id: 'coreml',
  name: 'Apple GPU and Neural Engine through CoreML',
  execution: ['coreml'],
  dialect: 'portable',
  wholeGraph: false,
  resident: false,
  remedy: 'It needs macOS on Apple silicon.',
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
  const remedy = 'It needs a GPU of 2018 (Turing) or later, and NVIDIA’s driver for CUDA 13 (580 or later).'
  return { ...deviceOf(cuda), name: `${name} through CUDA`, memory, remedy }
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
  const reason = gpu
    ? 'ONNX Runtime’s CUDA libraries are not installed. Fetch them with `vgg-studio engines install onnxruntime-cuda`.'
    : 'There is no NVIDIA GPU here, or its driver is not installed. With both, `vgg-studio engines install onnxruntime-cuda` fetches the rest.'
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
