import { elementCount, type Tensor, type Tensors } from '../../base/tensor.ts'
import { classifierLossName } from '../../graph/names.ts'
import { momentumKey, weightsKey } from '../../graph/tensorflow/state.ts'
import { trainingModel } from '../../graph/tensorflow/training.ts'
import { trainable } from '../../graph/step.ts'
import { parameters, type Parameter } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { checkedTensor } from '../flatState.ts'
import { logitResults } from '../targets.ts'
import type { Batch, Device, Rates, State, StepResult, Trainer, TrainerOptions } from '../types.ts'
import type { Binding } from './binding.ts'
import { batchFeeds } from './feeds.ts'
import { openSession } from './session.ts'

/** Training in a TensorFlow session: weights, momentum and gradients stay there; a call is one run. */
export function openTrainer(
  binding: Binding,
  network: Network,
  initial: State,
  options: TrainerOptions & { readonly towers: readonly string[] },
  device: Device,
): Trainer {
  const frozen = new Set(options.frozen)
  const { precision = 'fp32', rateFactors = {}, labelSmoothing = 0, towers } = options
  const names = new Set(trainable(network, frozen))
  const all = parameters(network)
  const trained = all.filter(({ name }) => names.has(name))
  const computation = precision === 'bf16' ? 'bfloat16' : 'float'
  // This comes before anything is compiled: a state that doesn't fit is refused at once.
  const checked = checkedState(all, trained, initial)
  const session = openSession(binding, trainingModel(network, { frozen, rateFactors, computation, towers }))
  let accumulated = false
  /** Batch-norm statistics advance in the graph with each micro-batch: as they were before an update that is begun. */
  let before: Tensors | undefined
  const following = runningStatistics(network, frozen)

  function restore(tensors: ReadonlyMap<string, Tensor>): void {
    for (const batch of batches([...tensors], ([, tensor]) => tensor.shape)) {
      const keys = batch.map(([key]) => key)
      session.run('restore', Object.fromEntries(batch), keys)
    }
    const missing = trained.map(({ name }) => momentumKey(name)).filter((key) => !tensors.has(key))
    if (missing.length > 0) session.run('reset', {}, missing)
    accumulated = false
    before = undefined
  }

  function accumulate(batch: Batch): StepResult {
    before ??= read(following, weightsKey)
    const feeds = batchFeeds(network, batch, labelSmoothing, towers.length)
    const results = session.run(accumulated ? 'accumulateMore' : 'accumulate', feeds)
    const { loss, logits, [classifierLossName]: own = loss } = results
    accumulated = true
    // Where there are fewer images than towers, rows without an image follow.
    const rows = logits!.data.subarray(0, batch.labels.length * network.classes)
    return { loss: loss!.data[0]!, classifierLoss: own!.data[0]!, ...logitResults(rows, batch.labels) }
  }

  function read(list: readonly Parameter[], key: (name: string) => string): Tensors {
    return new Map(
      batches(list, ({ shape }) => shape).flatMap((batch) => {
        const values = session.run(
          'state',
          {},
          batch.map(({ name }) => key(name)),
        )
        return batch.map(({ name }) => [name, values[key(name)]!] as const)
      }),
    )
  }

  restore(checked)
  return {
    device,
    precision,
    accumulate: async (batch) => accumulate(batch),
    async apply(rates) {
      if (!accumulated) return
      session.run('apply', rateFeeds(rates))
      accumulated = false
      before = undefined
    },
    state: async () => ({
      weights: new Map([...read(all, weightsKey), ...(before ?? [])]),
      momentum: read(trained, momentumKey),
    }),
    restore: async (state) => restore(checkedState(all, trained, state)),
    dispose: async () => session.dispose(),
  }
}

/** Bytes of tensors that go in or out in one run, about. */
const bytesPerRun = 16 * 2 ** 20

/**
 * Tensors that go in or out together: each run compiles the graph for its own set of them, and all at once would be in
 * memory twice.
 */
function batches<T>(items: readonly T[], shapeOf: (item: T) => readonly number[]): readonly (readonly T[])[] {
  const result: T[][] = []
  let bytes = Infinity
  for (const item of items) {
    const own = 4 * elementCount(shapeOf(item))
    if (bytes + own > bytesPerRun) result.push([])
    bytes = bytes + own > bytesPerRun ? own : bytes + own
    result.at(-1)!.push(item)
  }
  return result
}

function runningStatistics(network: Network, frozen: ReadonlySet<string>): readonly Parameter[] {
  return parameters(network).filter(
    ({ layer, role }) => (role === 'runningMean' || role === 'runningVar') && !frozen.has(layer),
  )
}

/** What the `restore` signature takes. */
function checkedState(
  all: readonly Parameter[],
  trained: readonly Parameter[],
  { weights, momentum }: State,
): ReadonlyMap<string, Tensor> {
  const kept = trained.filter(({ name }) => momentum.has(name))
  return new Map([
    ...all.map((parameter) => [weightsKey(parameter.name), checkedTensor(parameter, weights)] as const),
    ...kept.map((parameter) => [momentumKey(parameter.name), checkedTensor(parameter, momentum)] as const),
  ])
}

function rateFeeds({ learningRate, momentum, weightDecay }: Rates): Record<string, Tensor> {
  const scalar = (value: number): Tensor => ({ shape: [], data: Float32Array.of(value) })
  return {
    learningRate: scalar(learningRate),
    momentum: scalar(momentum),
    weightDecay: scalar(weightDecay),
  }
}
