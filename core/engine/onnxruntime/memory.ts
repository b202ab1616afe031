import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions } from '../types.ts'

/**
 * Measured (onnxruntime-node 1.30, two cores): within 9%. What the arena has taken it keeps, so that an epoch's end
 * comes on top: a copy of weights and momentum, and the network that validates.
 */
const cpu: MemoryModel = {
  base: 25e6,
  linearGradients: false,
  copies: 0,
  convolutions: 8.6,
  outside: 2.8,
  scratch: 0.81,
  normalized: 0.81,
  accumulating: 0.1,
  epochEnd: { copies: 3.6, convolutions: 4.3, activations: 0.2 },
}

/**
 * Reckoned from one small network on the software adapter, where the program's memory and the device's are one: weights
 * and momentum exist twice while an update makes the new ones, and freed buffers are kept for the next step.
 */
const resident: MemoryModel = {
  base: 100e6,
  linearGradients: true,
  copies: 4,
  convolutions: 0,
  outside: 0,
  scratch: 0.64,
  normalized: 1,
  accumulating: 2,
  epochEnd: { copies: 1, convolutions: 0, activations: 0.3 },
}

/** Reckoned, not measured: the weights come anew with each step; cuDNN's scratch and CUDA's own are about a gigabyte. */
const fed: MemoryModel = {
  base: 1e9,
  linearGradients: false,
  copies: 0,
  convolutions: 0,
  outside: 0,
  scratch: 0.64,
  normalized: 1,
  accumulating: 0,
  epochEnd: { copies: 1, convolutions: 0, activations: 0.3 },
}

const models: Readonly<Record<string, MemoryModel>> = { cpu, webgpu: resident }

export function onnxruntimeMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', accumulates = false }: MemoryOptions = {},
): MemoryEstimate {
  return estimateMemory(models[device] ?? fed, network, microBatch, accumulates)
}
