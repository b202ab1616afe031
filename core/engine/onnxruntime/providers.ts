import { availableParallelism, cpus, totalmem } from 'node:os'
import type * as ort from 'onnxruntime-node'
import type { Dialect } from '../../graph/onnx/writer.ts'
import type { Device } from '../types.ts'
import { runtime } from './runtime.ts'

/** One of ONNX Runtime's execution providers, as a device of ours. */
export interface Provider {
  /** What `--device` takes. */
  readonly id: 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml'
  /** For people. */
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
    'It needs an NVIDIA driver and ONNX Runtime’s CUDA libraries, which are not part of the npm package.',
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

/** As a device: usable as far as the package tells; whether it works is for a self-test to say (see probe.ts). */
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
