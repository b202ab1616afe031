import { zeros, type Tensor, type Tensors } from '../../base/tensor.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import type { Graph } from '../../graph/ir.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { gradientName, momentumName, weightName } from '../../graph/names.ts'
import { passesFor } from '../../graph/passes/index.ts'
import { copyGraph, sumGraph, trainable, trainingGraph, updateGraph } from '../../graph/step.ts'
import { dropoutLayers } from '../dropout.ts'
import { checkedTensor } from '../flatState.ts'
import type { Rates, State, Trainer, TrainerOptions } from '../types.ts'
import {
  batchFeeds,
  updateRunningStatistics,
  runningStatistics,
  stepResult,
  type BatchStatistics,
} from './microBatch.ts'
import { deviceOf, runnerOf, type Provider } from './providers.ts'
import { openSession, ortTensor, runSession, type Feeds, type OrtTensor } from './session.ts'

type OnDevice = Map<string, OrtTensor>

/**
 * Training with the state in a GPU's memory: weights, momentum and gradients stay there between steps, the update is
 * a graph of its own. Only images go in and only the loss, logits and batch statistics come out of a step.
 */
export async function openResidentTrainer(
  network: Network,
  initial: State,
  options: TrainerOptions,
  provider: Provider,
): Promise<Trainer> {
  const frozen = new Set(options.frozen)
  const trained = new Set(trainable(network, frozen))
  const all = parameters(network)
  const updated = all
    .filter(({ name }) => trained.has(name))
    .map(({ name, shape, layer }) => ({ name, shape, factor: options.rateFactors?.[layer] ?? 1 }))
  const compile = (graph: Graph, onDevice: readonly string[]) =>
    openSession(onnxModel(graph, { name: network.name, dialect: provider.dialect }), { provider, onDevice })

  const graph = trainingGraph(network, frozen, passesFor[runnerOf(provider)])
  const gradients = updated.map(({ name }) => gradientName(name))
  const step = await compile(graph, gradients)
  const sum = await compile(
    sumGraph(updated),
    updated.map(({ name }) => `sum/${name}`),
  )
  const update = await compile(
    updateGraph(updated),
    updated.flatMap(({ name }) => [`new/${weightName(name)}`, `new/${momentumName(name)}`]),
  )
  const used = new Set(
    graph.nodes.flatMap(({ operation }) => (operation.op === 'parameter' ? [operation.name] : [])),
  )
  const resident = all.filter(({ name }) => used.has(name))
  const upload = await compile(
    copyGraph(resident),
    resident.map(({ name }) => `copy/${name}`),
  )
  const download = await compile(copyGraph(resident), [])
  const momentumUpload = await compile(
    copyGraph(updated),
    updated.map(({ name }) => `copy/${name}`),
  )
  const momentumDownload = await compile(copyGraph(updated), [])
  const sessions = [step, sum, update, upload, download, momentumUpload, momentumDownload]

  /** Batch-norm statistics that follow the batches are small and live in the main memory. */
  const host = new Map<string, Tensor>()
  let weights: OnDevice = new Map()
  let momentum: OnDevice = new Map()
  let accumulated: OnDevice = new Map()
  /** Statistics of the unfinished update, committed in apply. */
  let seen: BatchStatistics[] = []
  const dropouts = dropoutLayers(network)
  const statistics = runningStatistics(network, frozen)

  async function run(session: (typeof sessions)[number], feeds: Feeds): Promise<OnDevice> {
    const fetches = Object.fromEntries(session.outputNames.map((name) => [name, null]))
    return new Map(Object.entries(await runSession(session, provider, feeds, fetches)))
  }

  async function restore(state: State): Promise<void> {
    const source = new Map(all.map((parameter) => [parameter.name, checkedTensor(parameter, state.weights)]))
    for (const { name } of all) {
      if (!used.has(name)) host.set(name, { ...source.get(name)!, data: source.get(name)!.data.slice() })
    }
    const feedsOf = (tensors: Tensors, list: readonly { name: string; shape: readonly number[] }[]): Feeds =>
      Object.fromEntries(list.map(({ name, shape }) => [name, ortTensor(tensors.get(name) ?? zeros(shape))]))
    free(weights, momentum, accumulated)
    weights = renamed(await run(upload, feedsOf(source, resident)), 'copy/')
    momentum = renamed(await run(momentumUpload, feedsOf(state.momentum, updated)), 'copy/')
    accumulated = new Map()
    seen = []
  }

  async function apply(rates: Rates): Promise<void> {
    if (accumulated.size === 0) return
    const scalar = (value: number): OrtTensor => ortTensor({ shape: [], data: Float32Array.of(value) })
    const feeds = Object.fromEntries([
      ...Object.entries(rates).map(([name, value]: [string, number]) => [name, scalar(value)] as const),
      ...updated.flatMap(({ name }) => [
        [weightName(name), weights.get(name)!] as const,
        [momentumName(name), momentum.get(name)!] as const,
        [gradientName(name), accumulated.get(name)!] as const,
      ]),
    ])
    const results = await run(update, feeds)
    for (const { name } of updated) {
      weights.get(name)!.dispose()
      weights.set(name, results.get(`new/${weightName(name)}`)!)
    }
    free(momentum, accumulated)
    momentum = new Map(updated.map(({ name }) => [name, results.get(`new/${momentumName(name)}`)!]))
    accumulated = new Map()
    updateRunningStatistics(statistics, seen, host)
    seen = []
  }

  await restore(initial)
  return {
    device: deviceOf(provider),
    precision: 'fp32',
    async accumulate(batch) {
      const inputs = batchFeeds(network, dropouts, batch, options.labelSmoothing ?? 0)
      const results = await run(step, { ...Object.fromEntries(weights), ...inputs })
      const fresh = new Map(updated.map(({ name }) => [name, results.get(gradientName(name))!]))
      if (accumulated.size === 0) accumulated = fresh
      else {
        const feeds = updated.flatMap(({ name }) => [
          [gradientName(name), accumulated.get(name)!] as const,
          [`further/${name}`, fresh.get(name)!] as const,
        ])
        const sums = await run(sum, Object.fromEntries(feeds))
        free(accumulated, fresh)
        accumulated = renamed(sums, 'sum/')
      }
      const small = Object.fromEntries([...results].filter(([name]) => !gradients.includes(name)))
      seen.push({ results: small, images: batch.labels.length })
      return stepResult(small, batch.labels)
    },
    apply,
    async state() {
      const onDevice = renamed(await run(download, Object.fromEntries(weights)), 'copy/')
      const momenta = renamed(await run(momentumDownload, Object.fromEntries(momentum)), 'copy/')
      return {
        weights: new Map(
          all.map(({ name, shape }) => {
            const kept = host.get(name)
            const data = kept ? kept.data.slice() : (onDevice.get(name)!.data as Float32Array)
            return [name, { shape, data }]
          }),
        ),
        momentum: new Map(
          updated.map(({ name, shape }) => [name, { shape, data: momenta.get(name)!.data as Float32Array }]),
        ),
      }
    },
    restore,
    async dispose() {
      free(weights, momentum, accumulated)
      for (const session of sessions) await session.release()
    },
  }
}

function renamed(tensors: OnDevice, prefix: string): OnDevice {
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

function free(...groups: readonly OnDevice[]): void {
  for (const group of groups) for (const tensor of group.values()) tensor.dispose()
}
