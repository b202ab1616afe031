import { availableParallelism } from 'node:os'
import { elementCount, type Tensor } from '../../base/tensor.ts'
import type { Graph } from '../../graph/ir.ts'
import type { Network } from '../../network/types.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { separateTaps, tapGradientName } from '../../graph/onnx/taps.ts'
import { gradientName, trainable, trainingGraph } from '../../graph/step.ts'
import { dropoutLayers } from '../dropout.ts'
import { flatLayout, readState, views, writeState, type FlatLayout } from '../flatState.ts'
import type { State, Trainer, TrainerOptions } from '../types.ts'
import { openUpdater, type Segment } from '../updater.ts'
import { sharedFloats } from '../updateKernel.ts'
import { batchFeeds, followStatistics, runningStatistics, stepResult, type SeenStatistics } from './micro.ts'
import { deviceOf, type Provider } from './providers.ts'
import { openSession, ortTensor, runSession, type OrtTensor } from './session.ts'

/**
 * Training with the state in the main memory: the compiled graph turns parameters and a micro-batch into gradients,
 * which ONNX Runtime writes straight into shared memory; the update is ours (see updater.ts), in place.
 */
export async function openTrainer(
  network: Network,
  initial: State,
  options: TrainerOptions,
  provider: Provider,
): Promise<Trainer> {
  const frozen = new Set(options.frozen)
  const trained = trainable(network, frozen)
  const graph = separateTaps(trainingGraph(network, frozen))
  const model = onnxModel(graph, { name: network.name, dialect: provider.dialect })
  const session = await openSession(model, { provider, threads: options.threads })

  const layout = flatLayout(network, new Set(trained))
  const shared = {
    weights: sharedFloats(layout.size),
    momentum: sharedFloats(layout.trainableSize),
    gradients: sharedFloats(layout.trainableSize),
    // Costs nothing until a batch has several micro-batches.
    scratch: sharedFloats(layout.trainableSize),
  }
  const flat = { weights: shared.weights.floats, momentum: shared.momentum.floats }
  writeState(layout, initial, flat)
  const updater = openUpdater({
    ...shared,
    segments: segmentsOf(layout, graph, options.rateFactors ?? {}),
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
    return {
      ...Object.fromEntries([...graph.outputs.keys()].map((output) => [output, null])),
      ...Object.fromEntries(trained.flatMap((name) => gradientFetches(graph, name, gradients.get(name)!))),
    }
  }
  const firstFetches = fetchesInto(shared.gradients.floats)
  const furtherFetches = fetchesInto(shared.scratch.floats)
  const dropouts = dropoutLayers(network)
  const statistics = runningStatistics(network, frozen)
  let accumulated = false
  /** Of the unfinished update: the running statistics follow when it is made. */
  let seen: SeenStatistics[] = []

  return {
    device: deviceOf(provider),
    precision: 'fp32',
    async accumulate(batch) {
      const feeds = {
        ...parameterFeeds,
        ...batchFeeds(network, dropouts, batch, options.labelSmoothing ?? 0),
      }
      const fetches = accumulated ? furtherFetches : firstFetches
      const results = await runSession(session, provider, feeds, fetches)
      if (accumulated) updater.addScratch()
      accumulated = true
      seen.push({ results, images: batch.labels.length })
      return stepResult(results, batch.labels)
    },
    async apply(rates) {
      if (!accumulated) return
      updater.step(rates)
      followStatistics(statistics, seen, weights)
      seen = []
      accumulated = false
    },
    state: async () => readState(network, layout, flat),
    async restore(state) {
      writeState(layout, state, flat)
      seen = []
      accumulated = false
    },
    async dispose() {
      await updater.dispose()
      await session.release()
    },
  }
}

function segmentsOf(
  layout: FlatLayout,
  graph: Graph,
  factors: Readonly<Record<string, number>>,
): readonly Segment[] {
  return layout.entries
    .filter((entry) => entry.end <= layout.trainableSize)
    .map(({ start, end, layer, name, shape }) => {
      const taps = hasTaps(graph, name) ? elementCount(shape.slice(2)) : 1
      return { start, end, factor: factors[layer] ?? 1, taps }
    })
}

/** Where ONNX Runtime writes the gradient of one parameter: whole, or each tap into a plane of its own. */
function gradientFetches(graph: Graph, name: string, gradient: Tensor): [string, OrtTensor][] {
  if (!hasTaps(graph, name)) return [[gradientName(name), ortTensor(gradient)]]
  const [outputs, inputs, ...kernel] = gradient.shape as [number, number, ...number[]]
  const plane = outputs * inputs
  return Array.from({ length: elementCount(kernel) }, (_, tap) => {
    const data = gradient.data.subarray(tap * plane, (tap + 1) * plane)
    return [tapGradientName(name, tap), ortTensor({ shape: [outputs, inputs], data })]
  })
}

function hasTaps(graph: Graph, parameter: string): boolean {
  return !graph.outputs.has(gradientName(parameter))
}
