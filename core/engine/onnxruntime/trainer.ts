import { availableParallelism } from 'node:os'
import { elementCount, type Tensor } from '../../base/tensor.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { BatchNorm, Network } from '../../network/types.ts'
import { maskName } from '../../graph/forward.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { batchMeanName, batchVarianceName, gradientName, trainable, trainingGraph } from '../../graph/step.ts'
import { dropoutLayers, dropoutMask } from '../dropout.ts'
import { flatLayout, readState, sharedFloats, views, writeState, type FlatLayout } from '../flatState.ts'
import { countCorrect, targetDistributions } from '../targets.ts'
import type { Batch, Device, State, StepResult, Trainer, TrainerOptions } from '../types.ts'
import { openUpdater } from '../updater.ts'
import { openSession, ortTensor, runSession, type OrtTensor } from './session.ts'

/**
 * Training on the CPU: the compiled graph turns parameters and a micro-batch into gradients, which ONNX Runtime
 * writes straight into shared memory; the update is ours (see updater.ts), in place.
 */
export async function openCpuTrainer(
  network: Network,
  initial: State,
  options: TrainerOptions,
  device: Device,
): Promise<Trainer> {
  const frozen = new Set(options.frozen)
  const trained = trainable(network, frozen)
  const graph = trainingGraph(network, frozen)
  const session = await openSession(onnxModel(graph, { name: network.name, dialect: 'cpu' }), options)

  const layout = flatLayout(network, new Set(trained))
  const flat = {
    weights: sharedFloats(layout.size),
    momentum: sharedFloats(layout.trainableSize),
    gradients: sharedFloats(layout.trainableSize),
  }
  writeState(layout, initial, flat)
  // Untouched pages of shared memory cost nothing: scratch is real only when a batch has several micro-batches.
  const scratch = sharedFloats(layout.trainableSize)
  const updater = openUpdater({
    ...flat,
    scratch,
    segments: segmentsOf(layout, options.rateFactors ?? {}),
    threads: options.threads ?? availableParallelism(),
  })

  const weights = views(layout, flat.weights)
  const used = new Set(
    graph.nodes.flatMap(({ operation }) => (operation.op === 'parameter' ? [operation.name] : [])),
  )
  const parameterFeeds = Object.fromEntries(
    [...weights].filter(([name]) => used.has(name)).map(([name, tensor]) => [name, ortTensor(tensor)]),
  )
  const fetchesInto = (target: Float32Array): Record<string, OrtTensor | null> => {
    const gradients = views(layout, target)
    return Object.fromEntries(
      [...graph.outputs.keys()]
        .map((output) => [output, null] as [string, OrtTensor | null])
        .concat(trained.map((name) => [gradientName(name), ortTensor(gradients.get(name)!)])),
    )
  }
  const firstFetches = fetchesInto(flat.gradients)
  const furtherFetches = fetchesInto(scratch)
  const dropouts = dropoutLayers(network)
  const running = runningStatistics(network, frozen)
  let accumulated = false

  async function accumulate(batch: Batch): Promise<StepResult> {
    const feeds = {
      ...parameterFeeds,
      ...batchFeeds(network, batch, options.labelSmoothing ?? 0),
      ...maskFeeds(batch),
    }
    const results = await runSession(session, feeds, accumulated ? furtherFetches : firstFetches)
    if (accumulated) updater.addScratch()
    accumulated = true
    const floats = (name: string): Float32Array => results[name]!.data as Float32Array
    for (const { layer, momentum, positions } of running) {
      const count = batch.labels.length * positions
      const unbiased = count > 1 ? count / (count - 1) : 1
      blend(weights.get(`${layer}.running_mean`)!, floats(batchMeanName(layer)), momentum, 1)
      blend(weights.get(`${layer}.running_var`)!, floats(batchVarianceName(layer)), momentum, unbiased)
    }
    return { loss: floats('loss')[0]!, correct: countCorrect(floats('logits'), batch.labels) }
  }

  function maskFeeds(batch: Batch): Record<string, OrtTensor> {
    const images = batch.labels.length
    return Object.fromEntries(
      dropouts.map(({ name, rate, size }, position) => {
        const data = dropoutMask(batch.dropoutSeed, position, { rate, count: images * size })
        return [maskName(name), ortTensor({ shape: [images, size], data })]
      }),
    )
  }

  return {
    device,
    precision: 'fp32',
    accumulate,
    async apply(rates) {
      if (!accumulated) return
      updater.step(rates)
      accumulated = false
    },
    state: async () => readState(network, layout, flat),
    async restore(state) {
      writeState(layout, state, flat)
      accumulated = false
    },
    async dispose() {
      await updater.dispose()
      await session.release()
    },
  }
}

function batchFeeds(network: Network, batch: Batch, smoothing: number): Record<string, OrtTensor> {
  const images = batch.labels.length
  const targets = targetDistributions(batch.labels, network.classes, smoothing)
  return {
    images: ortTensor(batch.images),
    targets: ortTensor({ shape: [images, network.classes], data: targets }),
    weights: ortTensor({ shape: [images, 1], data: batch.weights }),
  }
}

function segmentsOf(layout: FlatLayout, factors: Readonly<Record<string, number>>) {
  return layout.entries
    .filter((entry) => entry.end <= layout.trainableSize)
    .map(({ start, end, layer }) => ({ start, end, factor: factors[layer] ?? 1 }))
}

/** The batch-norm layers whose statistics follow the batches, with the positions per image that they average over. */
function runningStatistics(network: Network, frozen: ReadonlySet<string>) {
  const shapes = layerShapes(network)
  return network.layers
    .filter((layer): layer is BatchNorm => layer.kind === 'batchNorm' && !frozen.has(layer.name))
    .map(({ name, momentum }) => ({
      layer: name,
      momentum,
      positions: elementCount(shapes.get(name)!.slice(1)),
    }))
}

/** running ← (1 − momentum) · running + momentum · factor · batch */
function blend({ data }: Tensor, batch: Float32Array, momentum: number, factor: number): void {
  batch.forEach((value, index) => {
    data[index] = (1 - momentum) * data[index]! + momentum * factor * value
  })
}
