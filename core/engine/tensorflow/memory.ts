import type { Network } from '../../network/types.ts'
import { estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/**
 * Measured (libtensorflow 2.20, two cores): within 12%. For few images the update is the worst moment: it makes the
 * gradients of linear layers. In bf16 activations are half as large as reckoned.
 */
const cpu: Readonly<Record<Precision, MemoryModel>> = {
  fp32: {
    base: 330e6,
    linearGradients: false,
    copies: 1.4,
    convolutions: 0,
    outside: 4.6,
    scratch: 0.35,
    normalized: 0.35,
    accumulating: 0.15,
    epochEnd: { copies: 2, convolutions: 0, activations: 0 },
  },
  bf16: {
    base: 330e6,
    linearGradients: false,
    copies: 2,
    convolutions: 0,
    outside: 4.9,
    scratch: -0.5,
    normalized: -0.25,
    accumulating: 0.1,
    epochEnd: { copies: 2, convolutions: 0, activations: 0 },
  },
}

/** Reckoned, not measured: cuDNN's scratch and CUDA's own are about a gigabyte. */
const gpu: MemoryModel = {
  base: 1e9,
  linearGradients: false,
  copies: 1,
  convolutions: 0,
  outside: 4,
  scratch: 0.5,
  normalized: 0.5,
  accumulating: 0,
  epochEnd: { copies: 1, convolutions: 0, activations: 0 },
}

export function tensorflowMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', precision = 'fp32', accumulates = false }: MemoryOptions = {},
): MemoryEstimate {
  const model = device === 'cpu' ? cpu[precision] : gpu
  return estimateMemory(model, network, microBatch, accumulates)
}
