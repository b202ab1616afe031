import { elementCount } from '../../base/tensor.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { estimateFeatureMemory, estimateMemory, type MemoryModel } from '../memory.ts'
import type { MemoryEstimate, MemoryOptions, Precision } from '../types.ts'

/**
 * Measured (libtensorflow 2.20, two cores): within 15%. For few images the update is the worst moment: it makes the
 * gradients of linear layers.
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
    branched: 0.55,
    accumulating: 0.15,
    epochEnd: { copies: 2, activations: 0 },
    featureCopies: 5.1,
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
    branched: 1,
    accumulating: 0.25,
    epochEnd: { copies: 2, activations: 0 },
    featureCopies: 5.1,
  },
}

/** Estimated, not measured: cuDNN's scratch and CUDA's own are about a gigabyte. */
const gpu: MemoryModel = {
  base: 1e9,
  linearGradients: false,
  copies: 1,
  transforms: 0,
  activations: 1,
  outside: 4,
  scratch: 0.5,
  normalized: 0.5,
  branched: 0.55,
  accumulating: 0,
  epochEnd: { copies: 1, activations: 0 },
  featureCopies: 5.1,
}

export function tensorflowMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', precision = 'fp32', accumulates = false, split = null }: MemoryOptions = {},
): MemoryEstimate {
  const model = device === 'cpu' ? cpu[precision] : gpu
  if (split) return estimateFeatureMemory(model, split, microBatch)
  const kernels = device === 'cpu' ? wideCopies * widestKernel(network) : 0
  const own = { ...model, base: model.base + kernels }
  return estimateMemory(own, network, { runner: 'tensorflow', microBatch, accumulates })
}

/**
 * Copies that a convolution and its gradients make of a kernel beyond 3×3, whatever the number of images: measured with
 * 5×5 kernels at 64 to 160 pixels.
 */
const wideCopies = 4

/** Bytes of the largest kernel beyond 3×3; 0 where all are smaller. */
function widestKernel(network: Network): number {
  const wide = new Set(
    network.layers.flatMap((layer) => (layer.kind === 'convolution' && layer.kernel > 3 ? [layer.name] : [])),
  )
  const sizes = parameters(network).map(({ layer, shape }) => (wide.has(layer) ? 4 * elementCount(shape) : 0))
  return Math.max(0, ...sizes)
}
