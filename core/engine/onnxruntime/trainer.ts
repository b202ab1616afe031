import { availableParallelism } from 'node:os'
import { elementCount, type Tensor } from '../../base/tensor.ts'
import type { Graph } from '../../graph/ir.ts'
import type { Network } from '../../network/types.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { gradientName } from '../../graph/names.ts'
import { passesFor } from '../../graph/passes/index.ts'
import { factorNames } from '../../graph/passes/linearFactors.ts'
import { tapGradientName } from '../../graph/passes/tapGradients.ts'
import { trainable, trainingGraph } from '../../graph/step.ts'
import { dropoutLayers } from '../dropout.ts'
import type { Factors } from '../factors.ts'
import { flatLayout, readState, views, writeState, type FlatLayout } from '../flatState.ts'
import type { State, Trainer, TrainerOptions } from '../types.ts'
import { openUpdater, type Segment } from '../updater.ts'
import { sharedFloats } from '../updateKernel.ts'
import {
  batchFeeds,
  floats,
  updateRunningStatistics,
  runningStatistics,
  stepResult,
  type Results,
  type BatchStatistics,
} from './microBatch.ts'
import { deviceOf, runnerOf, type Provider } from './providers.ts'
import { openSession, ortTensor, runSession, type OrtTensor } from './session.ts'

/**
 * Training with the state in the main memory: the compiled graph turns parameters and a micro-batch into gradients,
 * which ONNX Runtime writes straight into shared memory; the update is ours (see updater.ts), in place. Gradients of
 * linear layers, most of what there is, are never made: the update multiplies their factors on its way.
 */
export async function openTrainer(
  network: Network,
  initial: State,
  options: TrainerOptions,
  provider: Provider,
): Promise<Trainer> {
  const frozen = new Set(options.frozen)
  const trained = trainable(network, frozen)
  const graph = trainingGraph(network, frozen, passesFor[runnerOf(provider)])
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
  const segments = segmentsOf(layout, graph, options.rateFactors ?? {})
  const updater = openUpdater({
    ...shared,
    segments: [...segments.values()],
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
  /** Statistics of the unfinished update, committed in apply. */
  let seen: BatchStatistics[] = []
  /** Factors of the unfinished update's gradients. */
  let factors = new Map<Segment, Factors[]>()

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
      for (const [name, segment] of segments) {
        if (segment.columns === 0) continue
        factors.set(segment, [...(factors.get(segment) ?? []), factorsOf(results, name, batch.labels.length)])
      }
      seen.push({ results, images: batch.labels.length })
      return stepResult(results, batch.labels)
    },
    async apply(rates) {
      if (!accumulated) return
      updater.step(rates, factors)
      factors = new Map()
      updateRunningStatistics(statistics, seen, weights)
      seen = []
      accumulated = false
    },
    state: async () => readState(network, layout, flat),
    async restore(state) {
      writeState(layout, state, flat)
      factors = new Map()
      seen = []
      accumulated = false
    },
    async dispose() {
      await updater.dispose()
      await session.release()
    },
  }
}

/** By parameter. */
function segmentsOf(
  layout: FlatLayout,
  { outputs }: Graph,
  rateFactors: Readonly<Record<string, number>>,
): ReadonlyMap<string, Segment> {
  return new Map(
    layout.entries
      .filter((entry) => entry.end <= layout.trainableSize)
      .map(({ start, end, layer, name, shape }) => {
        const taps = outputs.has(tapGradientName(name)) ? elementCount(shape.slice(2)) : 1
        const columns = outputs.has(factorNames(name).x) ? shape[1]! : 0
        return [name, { start, end, factor: rateFactors[layer] ?? 1, taps, columns }]
      }),
  )
}

function factorsOf(results: Results, parameter: string, images: number): Factors {
  const { dy, x } = factorNames(parameter)
  return { dy: floats(results, dy), x: floats(results, x), images }
}

/** Where ONNX Runtime writes the gradient of one parameter: as it is, or with its taps first. */
function gradientFetches({ outputs }: Graph, name: string, gradient: Tensor): [string, OrtTensor][] {
  if (outputs.has(gradientName(name))) return [[gradientName(name), ortTensor(gradient)]]
  if (!outputs.has(tapGradientName(name))) return []
  const [rows, columns, ...kernel] = gradient.shape as [number, number, ...number[]]
  const shape = [elementCount(kernel), rows, columns]
  return [[tapGradientName(name), ortTensor({ shape, data: gradient.data })]]
}
