import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions } from '../types.ts'

/**
 * Measured (onnxruntime-node 1.30, two cores). Outputs are copied into new arrays by the Node binding, whatever memory
 * they are given: a copy of the gradients that lasts until it is collected. What an arena has taken it keeps, so that
 * an epoch's end comes on top: a copy of weights and momentum for the checkpoint, and the model that validates, once as
 * bytes, once as parsed, once as ONNX Runtime's own.
 */
const cpu: MemoryModel = { base: 110e6, copies: 2, scratch: 0.4, accumulating: 1.2, epochEnd: 3.5 }

/**
 * Reckoned, not measured: weights and momentum exist twice while an update makes the new ones, summed gradients three
 * times while they are added; buffers are kept for the next step in sizes that are rounded up.
 */
const resident: MemoryModel = { base: 100e6, copies: 2, scratch: 0.5, accumulating: 2, epochEnd: 1 }

/** Reckoned, not measured: the weights come anew with each step; cuDNN's scratch and CUDA's own are about a gigabyte. */
const fed: MemoryModel = { base: 1e9, copies: 0, scratch: 0.5, accumulating: 0, epochEnd: 1 }

const models: Readonly<Record<string, MemoryModel>> = { cpu, webgpu: resident }

export function onnxruntimeMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', accumulates = false }: MemoryOptions = {},
): MemoryEstimate {
  return estimateMemory(models[device] ?? fed, network, microBatch, accumulates)
}
