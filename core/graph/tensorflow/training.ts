import type { Network } from '../../network/types.ts'
import type { Graph } from '../ir.ts'
import { batchMeanName, batchVarianceName, classifierLossName } from '../names.ts'
import { passesFor } from '../passes/index.ts'
import { trainingGraph } from '../step.ts'
import { joined, keep, keptGradient, sum, type KeptGradient } from './gradients.ts'
import { images } from './images.ts'
import type { Operand } from './lowering.ts'
import { lowerGraph } from './lowerGraph.ts'
import type { TensorflowModel } from './prediction.ts'
import { encodeSavedModel, type Endpoint, type Signature } from './schema.ts'
import {
  declareState,
  resetSignature,
  restoreSignature,
  stateSignature,
  type StateVariables,
} from './state.ts'
import { momentumUpdate } from './update.ts'
import { finished, placeholder, read, write, type Variable } from './variables.ts'
import { tensorflowWriter, type Computation, type TensorflowWriter } from './writer.ts'

export interface TrainingModelOptions {
  /** Names of layers whose parameters stay as they are. */
  readonly frozen: ReadonlySet<string>
  /** Multiplies the learning rate of a layer's parameters; default 1. */
  readonly rateFactors: Readonly<Record<string, number>>
  readonly computation: Computation
  /**
   * The device of each tower (`/device:GPU:0`); '' leaves the choice to TensorFlow. Each computes a part of a batch; the
   * first holds the state.
   */
  readonly towers: readonly string[]
}

/** Name of a tower's own input: `images/0`. */
export const towerInput = (name: string, tower: number): string => `${name}/${tower}`

/**
 * A training step whose state stays in the session. Signatures:
 * - `restore`: weightsKey and momentumKey → the same; any of them alone. Canonical names and layouts.
 * - `reset`: → momentumKey; any of them alone. These momenta are zero then.
 * - `state`: → weightsKey, momentumKey; any of them alone
 * - `accumulate`: the inputs of trainingGraph but the parameters, for each tower (towerInput) → the losses, summed over
 *   the towers, and `logits` of all images in order. Gradients, summed over the towers, replace those that were kept;
 *   batch-norm statistics advance, averaged over the towers.
 * - `accumulateMore`: the same, but the gradients are added to those that were kept
 * - `apply`: `learningRate`, `momentum`, `weightDecay` → `applied`. One SGD update with the kept gradients, which are
 *   gone then.
 */
export function trainingModel(network: Network, options: TrainingModelOptions): TensorflowModel {
  const writer = tensorflowWriter()
  const graph = trainingGraph(network, options.frozen, passesFor.tensorflow)
  const signatures = writer.on(options.towers[0]!, () => {
    const state = declareState(writer, network, options.frozen)
    const gradients = new Map(
      state.trained.map(({ name }) => [name, keptGradient(writer, name, graph.outputs, options.computation)]),
    )
    return {
      restore: restoreSignature(writer, state),
      reset: resetSignature(writer, state),
      state: stateSignature(writer, state),
      ...accumulateSignatures(writer, network, graph, { ...state, gradients }, options),
      apply: applySignature(writer, { ...state, gradients }, options.rateFactors),
    }
  })
  return { bytes: encodeSavedModel(writer.nodes, signatures), signatures }
}

interface TrainingVariables extends StateVariables {
  readonly gradients: ReadonlyMap<string, KeptGradient>
}

function accumulateSignatures(
  writer: TensorflowWriter,
  network: Network,
  graph: Graph,
  state: TrainingVariables,
  { computation, towers }: TrainingModelOptions,
): { readonly accumulate: Signature; readonly accumulateMore: Signature } {
  const inputs: Record<string, Endpoint> = {}
  const reads = new Map([...state.weights].map(([name, own]) => [name, read(writer, own)]))
  const results = towers.map((device, tower) =>
    writer.on(device, () => {
      const source = images(writer, towerInput('images', tower), [-1, ...network.input], computation)
      inputs[towerInput('images', tower)] = source.endpoint
      const input = (name: string) => {
        if (name === 'images') return source.tensor
        const key = towerInput(name, tower)
        const endpoint = (inputs[key] ??= placeholder(writer, key, inputShape(graph, name)))
        return { name: endpoint.tensor, type: 'float' } as const
      }
      const sources = { input, parameter: (name: string) => reads.get(name)! }
      return lowerGraph({ writer, sources, computation }, graph)
    }),
  )
  const statistics = advanceStatistics(writer, network, state, results)
  const losses = ['loss', classifierLossName].flatMap((name) => {
    const own = results.flatMap((outputs) => outputs.get(name)?.name ?? [])
    return own.length === 0 ? [] : [[name, { tensor: sum(writer, own), type: 'float', shape: [] }] as const]
  })
  const logits = joined(
    writer,
    'float',
    results.map((outputs) => writer.cast(outputs.get('logits')!, 'float')),
  )
  const keeping = (name: string, how: 'instead' | 'added'): Signature => {
    const kept = [...state.gradients].flatMap(([parameter, own]) =>
      keep(writer, parameter, own, results, how),
    )
    const done = finished(writer, name, [...kept, ...statistics])
    return {
      inputs,
      outputs: {
        ...Object.fromEntries(losses),
        logits: { tensor: logits, type: 'float', shape: [-1, network.classes] },
        done,
      },
    }
  }
  return {
    accumulate: keeping('accumulated', 'instead'),
    accumulateMore: keeping('accumulatedMore', 'added'),
  }
}

function inputShape(graph: Graph, name: string): readonly number[] {
  const node = graph.nodes.find(({ operation }) => operation.op === 'input' && operation.name === name)
  return node!.outputs[0]!.shape.map((size) => (typeof size === 'number' ? size : -1))
}

/** running ← running − momentum · (running − batch), the batch's statistics averaged over the towers. */
function advanceStatistics(
  writer: TensorflowWriter,
  network: Network,
  { weights }: StateVariables,
  towers: readonly ReadonlyMap<string, Operand>[],
): readonly string[] {
  const T = { T: { type: 'float' } } as const
  const advance = (running: Variable, batch: readonly string[], momentum: number): string => {
    const mean = writer.node('Mul', [sum(writer, batch), writer.float(1 / batch.length)], T)
    const difference = writer.node('Sub', [read(writer, running).name, mean], T)
    return write(
      writer,
      'AssignSubVariableOp',
      running,
      writer.node('Mul', [difference, writer.float(momentum)], T),
    )
  }
  return network.layers.flatMap((layer) => {
    if (layer.kind !== 'batchNorm' || !towers[0]!.has(batchMeanName(layer.name))) return []
    const { name, momentum } = layer
    const of = (output: string): string[] => towers.map((outputs) => outputs.get(output)!.name)
    return [
      advance(weights.get(`${name}.running_mean`)!, of(batchMeanName(name)), momentum),
      advance(weights.get(`${name}.running_var`)!, of(batchVarianceName(name)), momentum),
    ]
  })
}

function applySignature(
  writer: TensorflowWriter,
  state: TrainingVariables,
  rateFactors: Readonly<Record<string, number>>,
): Signature {
  const inputs = {
    learningRate: placeholder(writer, 'learningRate', []),
    momentum: placeholder(writer, 'momentumFactor', []),
    weightDecay: placeholder(writer, 'weightDecay', []),
  }
  const updates = state.trained.flatMap(({ name, layer }) =>
    momentumUpdate(
      writer,
      {
        weight: state.weights.get(name)!,
        momentum: state.momentum.get(name)!,
        gradient: state.gradients.get(name)!,
      },
      inputs,
      rateFactors[layer] ?? 1,
    ),
  )
  return { inputs, outputs: { applied: finished(writer, 'applied', updates) } }
}
