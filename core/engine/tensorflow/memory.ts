import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/**
 * Measured (libtensorflow 2.20, two cores): within 14%. It frees what it does not use, but not where others could have
 * it: about two copies of the weights more than it needs, in bf16 about three, converted ones among them.
 */
const cpu: Readonly<Record<Precision, MemoryModel>> = {
  fp32: {
    base: 400e6,
    linearGradients: true,
    copies: 2.4,
    opening: 0,
    scratch: 0.13,
    normalized: 0.13,
    accumulating: 0,
    epochEnd: { copies: 2, activations: 0 },
  },
  bf16: {
    base: 300e6,
    linearGradients: true,
    copies: 3.1,
    opening: 0,
    scratch: 0,
    normalized: 0,
    accumulating: 0.2,
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
