import { StudioError } from '../base/errors.ts'
import type { Network } from '../network/types.ts'
import { parameters } from '../network/parameters.ts'
import { builder } from './builder.ts'
import { forward } from './forward.ts'
import { type Builder, usedNodes, type Graph, type Node, type Size, type Value } from './ir.ts'
import {
  batchMeanName,
  batchVarianceName,
  classifierLossName,
  gradientName,
  momentumName,
  weightName,
} from './names.ts'
import { backward, differentiate } from './passes/differentiate.ts'
import type { Pass } from './passes/pass.ts'
import { swapReluMaxPool } from './passes/swapReluMaxPool.ts'

/**
 * One micro-batch, forward and backward.
 *
 * Inputs: `images` N×3×H×W, `targets` N×K (each row a distribution), `weights` N×1, a mask for each dropout layer
 * (maskName), and the network's parameters. Outputs: `loss` = Σᵢ weightᵢ·lossᵢ, summed over the network's outputs each
 * times its weight, where there are auxiliary ones the classifier's own (classifierLossName), `logits` N×K, the gradient of each trainable parameter that is not frozen (gradientName), and mean
 * and biased variance of each batch that a batch-norm layer saw (batchMeanName, batchVarianceName).
 *
 * @param frozen names of layers whose parameters stay as they are
 * @param own passes of the engine that runs it, for the graph with its gradients
 */
export function trainingGraph(
  network: Network,
  frozen: ReadonlySet<string>,
  own: readonly Pass[] = [],
): Graph {
  return trainingStages(network, frozen, own).at(-1)!.graph
}

export interface Stage {
  /** Name of the pass; null for the graph before any pass. */
  readonly pass: string | null
  readonly graph: Graph
}

/** Stages of the training graph: the forward pass with its loss, and the graph after each pass, in order. */
export function trainingStages(
  network: Network,
  frozen: ReadonlySet<string>,
  own: readonly Pass[],
): readonly Stage[] {
  const stages: Stage[] = [{ pass: null, graph: lossGraph(network, frozen) }]
  for (const { name, apply } of [swapReluMaxPool, differentiate(trainable(network, frozen)), ...own]) {
    stages.push({ pass: name, graph: apply(stages.at(-1)!.graph) })
  }
  return stages
}

/** The network forward as it trains, with the outputs of trainingGraph but gradients. */
function lossGraph(network: Network, frozen: ReadonlySet<string>): Graph {
  const graph = builder()
  const { values, batchStatistics } = forward(graph, network, { training: true, frozen, anySize: false })
  const input = (name: string, shape: readonly Size[]): Value => graph.node({ op: 'input', name, shape }, [])
  const targets = input('targets', ['N', network.classes])
  const weights = input('weights', ['N', 1])
  const losses = network.outputs.map(({ layer, lossWeight, role }) =>
    graph.within(layer, () => {
      const loss = graph.node({ op: 'softmaxCrossEntropy' }, [values.get(layer)!, targets, weights])
      return { loss, lossWeight, role }
    }),
  )
  const outputs = new Map<string, Value>([
    ['loss', weightedSum(graph, losses)],
    ['logits', logitsOf(network, values)],
  ])
  const classifier = losses.find(({ role }) => role === 'logits')!
  if (losses.length > 1) outputs.set(classifierLossName, classifier.loss)
  for (const [layer, { mean, variance }] of batchStatistics) {
    outputs.set(batchMeanName(layer), mean)
    outputs.set(batchVarianceName(layer), variance)
  }
  return { nodes: graph.nodes, outputs }
}

/**
 * The network forward, with running statistics and without dropout. Inputs: `images` and the parameters; output:
 * `logits` N×K.
 *
 * @param anySize images may be larger than the network's crop (see toDense)
 */
export function inferenceGraph(network: Network, anySize = false): Graph {
  const graph = builder()
  const { values } = forward(graph, network, { training: false, frozen: new Set(), anySize })
  const outputs = new Map([['logits', logitsOf(network, values)]])
  // Without what only auxiliary outputs need.
  return { nodes: usedNodes({ nodes: graph.nodes, outputs }), outputs }
}

/**
 * The network forward as in inferenceGraph, and how a sum of its logits changes with a layer's output. Inputs: `images`,
 * `seeds` N×K and the parameters; outputs: `logits`, `activation` (the layer's) and `gradient`, that of
 * Σₖ seedₖ · logitₖ with respect to it.
 */
export function sensitivityGraph(network: Network, layer: string): Graph {
  const graph = builder()
  const { values } = forward(graph, network, { training: false, frozen: new Set(), anySize: false })
  const [logits, activation] = [logitsOf(network, values), values.get(layer)]
  const nodes = [...graph.nodes]
  const seeds = graph.node({ op: 'input', name: 'seeds', shape: ['N', network.classes] }, [])
  const begin = (node: Node) =>
    node.outputs[0]!.id === logits.id ? { value: logits, gradient: seeds } : null
  const gradient = activation && backward(graph, nodes, [activation], begin).get(activation.id)
  if (!activation || !gradient)
    throw new StudioError('not-found', { what: 'layer', layer, network: network.title })
  const outputs = new Map([
    ['logits', logits],
    ['activation', activation],
    ['gradient', gradient],
  ])
  return { nodes: usedNodes({ nodes: graph.nodes, outputs }), outputs }
}

/**
 * The update of one step for parameters that live on a device: v ← μv + (g + λw), w ← w − ηv.
 *
 * Inputs for each parameter `weight/<name>`, `momentum/<name>`, `gradient/<name>`, and the scalars `learningRate`,
 * `momentum`, `weightDecay`; outputs `weight/<name>` and `momentum/<name>`, prefixed with `new/`.
 */
export function updateGraph(
  updated: readonly { readonly name: string; readonly shape: readonly number[]; readonly factor: number }[],
): Graph {
  const graph = builder()
  const input = (name: string, shape: readonly number[]): Value =>
    graph.node({ op: 'input', name, shape }, [])
  const [rate, mu, decay] = ['learningRate', 'momentum', 'weightDecay'].map((name) => input(name, []))
  const outputs = new Map<string, Value>()
  for (const { name, shape, factor } of updated) {
    const [weight, momentum] = [input(weightName(name), shape), input(momentumName(name), shape)]
    const combine = (op: 'add' | 'multiply', a: Value, b: Value): Value => graph.node({ op }, [a, b])
    const decayed = combine('add', input(gradientName(name), shape), combine('multiply', weight, decay!))
    const velocity = combine('add', combine('multiply', momentum, mu!), decayed)
    const step = graph.node({ op: 'scale', factor: -factor }, [combine('multiply', velocity, rate!)])
    outputs.set(`new/${momentumName(name)}`, velocity)
    outputs.set(`new/${weightName(name)}`, combine('add', weight, step))
  }
  return { nodes: graph.nodes, outputs }
}

/** Sums two sets of gradients that live on a device: `sum/<name>` = `gradient/<name>` + `further/<name>`. */
export function sumGraph(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Graph {
  const graph = builder()
  const outputs = tensors.map(({ name, shape }): [string, Value] => {
    const addends = [gradientName(name), `further/${name}`].map((input) =>
      graph.node({ op: 'input', name: input, shape }, []),
    )
    return [`sum/${name}`, graph.node({ op: 'add' }, addends)]
  })
  return { nodes: graph.nodes, outputs: new Map(outputs) }
}

/** Copies tensors from where they are to where the session puts its outputs: `<name>` to `copy/<name>`. */
export function copyGraph(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Graph {
  const graph = builder()
  const outputs = tensors.map(({ name, shape }): [string, Value] => {
    const original = graph.node({ op: 'input', name, shape }, [])
    return [`copy/${name}`, graph.node({ op: 'scale', factor: 1 }, [original])]
  })
  return { nodes: graph.nodes, outputs: new Map(outputs) }
}

/** Canonical names of the parameters that a step changes, in network order. */
export function trainable(network: Network, frozen: ReadonlySet<string>): readonly string[] {
  return parameters(network)
    .filter((parameter) => parameter.trainable && !frozen.has(parameter.layer))
    .map((parameter) => parameter.name)
}

function logitsOf(network: Network, values: ReadonlyMap<string, Value>): Value {
  const output = network.outputs.find((candidate) => candidate.role === 'logits')
  return values.get(output!.layer)!
}

function weightedSum(
  graph: Builder,
  losses: readonly { readonly loss: Value; readonly lossWeight: number }[],
): Value {
  return losses
    .map(({ loss, lossWeight: factor }) =>
      factor === 1 ? loss : graph.node({ op: 'scale', factor }, [loss]),
    )
    .reduce((sum, loss) => graph.node({ op: 'add' }, [sum, loss]))
}
