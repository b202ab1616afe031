import { elementCount } from '../../base/tensor.ts'
import { channelsWorthATap } from '../../graph/onnx/convolution.ts'
import { worthWinograd } from '../../graph/passes/winograd.ts'
import { inputShapes, layerShapes } from '../../network/shapes.ts'
import type { Network } from '../../network/types.ts'
import { estimateFeatureMemory, estimateMemory, type MemoryModel } from '../memory.ts'
import { runnerOnDevice } from './providers.ts'
import type { MemoryEstimate, MemoryOptions } from '../types.ts'

/**
 * Measured (onnxruntime-node 1.30, two cores): within 9%. What the arena has taken it keeps, so that an epoch's
 * end comes on top: a copy of weights and momentum, and the network that validates.
 */
const cpu: MemoryModel = {
  base: 150e6,
  linearGradients: false,
  copies: 0,
  transforms: 6.4,
  activations: 1,
  outside: 2.8,
  scratch: 0.64,
  normalized: 0.7,
  branched: 0,
  accumulating: 0.1,
  epochEnd: { copies: 3.6, activations: 0.3 },
  featureCopies: 4.5,
}

/**
 * Estimated from one small network on the software adapter, where the program's memory and the device's are one: weights
 * and momentum exist twice while an update makes the new ones, and freed buffers are kept for the next step.
 */
const resident: MemoryModel = {
  base: 100e6,
  linearGradients: true,
  copies: 4,
  transforms: 0,
  activations: 1,
  outside: 0,
  scratch: 0.64,
  normalized: 1,
  branched: 0,
  accumulating: 2,
  epochEnd: { copies: 1, activations: 0.3 },
  featureCopies: 4.5,
}

/** Estimated, not measured: the weights come again with each step; cuDNN's scratch and CUDA's own are about a gigabyte. */
const fed: MemoryModel = {
  base: 1e9,
  linearGradients: false,
  copies: 0,
  transforms: 0,
  activations: 1,
  outside: 0,
  scratch: 0.64,
  normalized: 1,
  branched: 0,
  accumulating: 0,
  epochEnd: { copies: 1, activations: 0.3 },
  featureCopies: 4.5,
}

const models: Readonly<Record<string, MemoryModel>> = { cpu, webgpu: resident }

export function onnxruntimeMemory(
  network: Network,
  microBatch: number,
  { device = 'cpu', accumulates = false, split = null }: MemoryOptions = {},
): MemoryEstimate {
  if (split) return estimateFeatureMemory(models[device] ?? fed, split, microBatch)
  const runner = runnerOnDevice(device)
  const transformed = runner === 'cpu' ? transformedWeights(network) : 0
  const load = { runner, microBatch, accumulates, transformed, operation: largestTaps(network, microBatch) }
  return estimateMemory(models[device] ?? fed, network, load)
}

/** Bytes of the weights of those convolutions that are computed by Winograd's algorithm. */
function transformedWeights(network: Network): number {
  const sizes = convolutions(network).map(({ weight, byWinograd }) =>
    byWinograd ? 4 * elementCount(weight) : 0,
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Bytes of the images of one convolution as all taps of its kernel see them at once: its weights' gradient (onnx/convolution.ts). */
function largestTaps(network: Network, images: number): number {
  const sizes = convolutions(network)
    .filter(({ weight, byWinograd }) => !byWinograd && weight[1]! <= channelsWorthATap && weight[2]! > 1)
    .map(({ weight, output }) => 4 * images * elementCount(weight.slice(1)) * elementCount(output.slice(1)))
  return Math.max(0, ...sizes)
}

function convolutions(network: Network) {
  const shapes = layerShapes(network)
  return network.layers
    .filter((layer) => layer.kind === 'convolution')
    .map((layer) => {
      const [input] = inputShapes(layer, shapes)
      const weight = [layer.outChannels, input![0] / layer.groups, layer.kernel, layer.kernel]
      const byWinograd = worthWinograd(layer, ['N', ...input!], weight)
      return { weight, byWinograd, output: shapes.get(layer.name)! }
    })
}
