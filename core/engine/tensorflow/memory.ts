import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/**
 * Measured (libtensorflow 2.20, two cores): within 14%, but for 5×5 kernels up to 18% too little. For few images the update is the worst moment: it
 * makes the gradients of linear layers.
 */
const cpu: Readonly<Record<Precision, MemoryModel>> = {
  fp32: {
    base: 400e6,
    linearGradients: false,
    copies: 1.3,
    transforms: 0,
    activations: 1,
    outside: 4.6,
    scratch: 0.35,
    normalized: 0.25,
    accumulating: 0.15,
    epochEnd: { copies: 2, activations: 0 },
  },
  bf16: {
    base: 400e6,
    linearGradients: false,
    copies: 1.6,
    transforms: 0,
    activations: 0.5,
    outside: 4.75,
    scratch: 0.4,
    normalized: 0.3,
    accumulating: 0.1,
    epochEnd: { copies: 2, activations: 0 },
  },
}

/** Reckoned, not measured: cuDNN's scratch and CUDA's own are about a gigabyte. */
const gpu: MemoryModel = {
  base: 1e9,
  linearGradients: false,
  copies: 1,
  transforms: 0,
  activations: 1,
  outside: 4,
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
  return estimateMemory(model, network, { runner: 'tensorflow', microBatch, accumulates })
}
