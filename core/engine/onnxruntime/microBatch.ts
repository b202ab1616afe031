import { elementCount, type Tensor } from '../../base/tensor.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { BatchNorm, Network } from '../../network/types.ts'
import { batchMeanName, batchVarianceName, classifierLossName, maskName } from '../../graph/names.ts'
import { dropoutMask, type DropoutLayer } from '../dropout.ts'
import { logitResults, targetDistributions } from '../targets.ts'
import type { Batch, StepResult } from '../types.ts'
import { ortTensor, type OrtTensor } from './session.ts'

/** What goes into the training graph with each micro-batch, and what is read from its small outputs. */

/** Inputs of the training graph that a micro-batch brings: images, targets, weights, dropout masks. */
export function batchFeeds(
  network: Network,
  dropouts: readonly DropoutLayer[],
  batch: Batch,
  smoothing: number,
): Record<string, OrtTensor> {
  const images = batch.labels.length
  const targets = targetDistributions(batch, network.classes, smoothing)
  const masks = dropouts.map(({ name, rate, size }, position): [string, OrtTensor] => {
    const data = dropoutMask(batch.dropoutSeed, position, { rate, count: images * size })
    return [maskName(name), ortTensor({ shape: [images, size], data })]
  })
  return {
    images: ortTensor(batch.images),
    targets: ortTensor({ shape: [images, network.classes], data: targets }),
    weights: ortTensor({ shape: [images, 1], data: batch.weights }),
    ...Object.fromEntries(masks),
  }
}

export type Results = Readonly<Record<string, { readonly data: unknown }>>
export const floats = (results: Results, name: string): Float32Array => results[name]!.data as Float32Array

export function stepResult(results: Results, labels: Int32Array): StepResult {
  const loss = floats(results, 'loss')[0]!
  const classifierLoss = classifierLossName in results ? floats(results, classifierLossName)[0]! : loss
  return { loss, classifierLoss, ...logitResults(floats(results, 'logits'), labels) }
}

/** A batch-norm layer whose statistics follow the batches. */
export interface RunningStatistics {
  readonly layer: string
  readonly momentum: number
  /** Positions per image that it averages over. */
  readonly positions: number
}

export function runningStatistics(
  network: Network,
  frozen: ReadonlySet<string>,
): readonly RunningStatistics[] {
  const shapes = layerShapes(network)
  return network.layers
    .filter((layer): layer is BatchNorm => layer.kind === 'batchNorm' && !frozen.has(layer.name))
    .map(({ name, momentum }) => ({
      layer: name,
      momentum,
      positions: elementCount(shapes.get(name)!.slice(1)),
    }))
}

/** What a micro-batch of this many images showed. */
export interface BatchStatistics {
  readonly results: Results
  readonly images: number
}

/** Moves running_mean and running_var (unbiased) towards what each micro-batch of an update showed, in order. */
export function updateRunningStatistics(
  statistics: readonly RunningStatistics[],
  seen: readonly BatchStatistics[],
  weights: ReadonlyMap<string, Tensor>,
): void {
  for (const { results, images } of seen) {
    for (const { layer, momentum, positions } of statistics) {
      const count = images * positions
      const unbiased = count > 1 ? count / (count - 1) : 1
      blend(weights.get(`${layer}.running_mean`)!, floats(results, batchMeanName(layer)), momentum, 1)
      blend(
        weights.get(`${layer}.running_var`)!,
        floats(results, batchVarianceName(layer)),
        momentum,
        unbiased,
      )
    }
  }
}

/** running ← (1 − momentum) · running + momentum · factor · batch */
function blend({ data }: Tensor, batch: Float32Array, momentum: number, factor: number): void {
  batch.forEach((value, index) => {
    data[index] = (1 - momentum) * data[index]! + momentum * factor * value
  })
}
