import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/** Measured (libtensorflow 2.20, two cores). */
const cpu: Readonly<Record<Precision, MemoryModel>> = {
  fp32: { base: 400e6, copies: 1, scratch: 0.4, accumulating: 0, epochEnd: 3 },
  bf16: { base: 400e6, copies: 1.5, scratch: 0, accumulating: 0, epochEnd: 3 },
}

/** Reckoned, not measured: cuDNN's scratch and CUDA's own are about a gigabyte; towers add up their gradients. */
const gpu: MemoryModel = { base: 1e9, copies: 1, scratch: 0.5, accumulating: 0, epochEnd: 1 }

export function tensorflowMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', precision = 'fp32', accumulates = false }: MemoryOptions = {},
): MemoryEstimate {
  const model = device === 'cpu' ? cpu[precision] : gpu
  return estimateMemory(model, network, microBatch, accumulates)
}
