import { availableParallelism } from 'node:os'
import type { Network } from '../../network/types.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { gradientName, trainable, trainingGraph } from '../../graph/step.ts'
import { dropoutLayers } from '../dropout.ts'
import { flatLayout, readState, sharedFloats, views, writeState, type FlatLayout } from '../flatState.ts'
import type { Segment } from '../sgd.ts'
import type { State, Trainer, TrainerOptions } from '../types.ts'
import { openUpdater } from '../updater.ts'
import { batchFeeds, followStatistics, runningStatistics, stepResult } from './micro.ts'
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
  const graph = trainingGraph(network, frozen)
  const model = onnxModel(graph, { name: network.name, dialect: provider.dialect })
  const session = await openSession(model, { provider, threads: options.threads })

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
    return {
      ...Object.fromEntries([...graph.outputs.keys()].map((output) => [output, null])),
      ...Object.fromEntries(trained.map((name) => [gradientName(name), ortTensor(gradients.get(name)!)])),
    }
  }
  const firstFetches = fetchesInto(flat.gradients)
  const furtherFetches = fetchesInto(scratch)
  const dropouts = dropoutLayers(network)
  const statistics = runningStatistics(network, frozen)
  let accumulated = false

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
      followStatistics(statistics, results, batch.labels.length, weights)
      return stepResult(results, batch.labels)
    },
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

function segmentsOf(layout: FlatLayout, factors: Readonly<Record<string, number>>): readonly Segment[] {
  return layout.entries
    .filter((entry) => entry.end <= layout.trainableSize)
    .map(({ start, end, layer }) => ({ start, end, factor: factors[layer] ?? 1 }))
}
