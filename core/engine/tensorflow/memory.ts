import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/**
 * Measured (libtensorflow 2.20, two cores): within 8%. It frees what it does not use, but not where others could have
 * it: about a copy and a half of the weights more than it needs. In bf16 a normalized network keeps less than reckoned.
 */
const cpu: Readonly<Record<Precision, MemoryModel>> = {
  fp32: {
    base: 390e6,
    linearGradients: true,
    copies: 1.4,
    opening: 0,
    scratch: -0.05,
    normalized: 0.27,
    accumulating: 0.15,
    epochEnd: { copies: 1.9, activations: 0 },
  },
  bf16: {
    base: 370e6,
    linearGradients: true,
    copies: 1.6,
    opening: 0,
    scratch: 0.05,
    normalized: -0.2,
    accumulating: 0.5,
    epochEnd: { copies: 2, activations: 0 },
  },
}

/** Reckoned, not measured: cuDNN's scratch and CUDA's own are about a gigabyte; towers add up their gradients. */
const gpu: MemoryModel = {
  base: 1e9,
  linearGradients: true,
  copies: 1,
  opening: 0,
  scratch: 0.5,
  normalized: 0.5,
  accumulating: 0,
  epochEnd: { copies: 1, activations: 0 },
}

export function tensorflowMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', precision = 'fp32', accumulates = false }: MemoryOptions = {},
): MemoryEstimate {
  const model = device === 'cpu' ? cpu[precision] : gpu
  return estimateMemory(model, network, microBatch, accumulates)
}
