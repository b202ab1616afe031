import { builder } from '../builder.ts'
import { gradientName } from '../names.ts'
import type { Builder, Graph, Node, Value } from '../ir.ts'
import { rowOf } from '../operations/index.ts'
import type { Pass } from './pass.ts'

/**
 * Adds the gradient of the output `loss` with respect to each of the parameters, as an output (gradientName); one that
 * the loss doesn't depend on has none. Reverse mode: nodes from last to first, contributions to one value added up.
 * Only what the parameters need is built.
 *
 * @param wanted names of parameters
 */
export function differentiate(wanted: readonly string[]): Pass {
  return { name: 'gradients', apply: (graph) => differentiated(graph, new Set(wanted)) }
}

function differentiated(begun: Graph, wanted: ReadonlySet<string>): Graph {
  const graph = builder(begun)
  const factors = lossFactors(begun)
  const parameters = begun.nodes.filter(
    ({ operation }) => operation.op === 'parameter' && wanted.has(operation.name),
  )
  const gradients = backward(
    graph,
    begun.nodes,
    parameters.map(({ outputs }) => outputs[0]!),
    (node) => {
      const factor = factors.get(node.outputs[0]!.id)
      return node.operation.op === 'softmaxCrossEntropy' && factor !== undefined
        ? { value: node.inputs[0]!, gradient: lossGradient(graph, node, factor) }
        : null
    },
  )
  const outputs = new Map(begun.outputs)
  for (const {
    operation,
    outputs: [value],
  } of parameters) {
    const gradient = gradients.get(value!.id)
    if (gradient && operation.op === 'parameter') outputs.set(gradientName(operation.name), gradient)
  }
  return { nodes: graph.nodes, outputs }
}

/**
 * Gradients of some values, by id, with respect to what the graph begins its way back with.
 *
 * @param nodes of the forward pass
 * @param wanted nothing is built but what leads to these
 * @param begin the gradient that comes from a node by itself, and of which value; null mostly
 */
export function backward(
  graph: Builder,
  nodes: readonly Node[],
  wanted: readonly Value[],
  begin: (node: Node) => { readonly value: Value; readonly gradient: Value } | null,
): ReadonlyMap<number, Value> {
  const needed = dependents(nodes, wanted)
  const gradients = new Map<number, Value>()
  const contribute = (value: Value, gradient: Value): void => {
    const sum = gradients.get(value.id)
    gradients.set(value.id, sum ? graph.node({ op: 'add' }, [sum, gradient]) : gradient)
  }
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue
    graph.within(node.layer, () => {
      const start = begin(node)
      if (start) contribute(start.value, start.gradient)
      const dy = gradients.get(node.outputs[0]!.id)
      if (!dy) return
      for (const [input, build] of pullBack(graph, node, dy)) {
        if (input && needed.has(input.id)) contribute(input, build())
      }
    })
  }
  return gradients
}

/** Factors by which `loss` grows with each of the scalars that it is a weighted sum of, itself included; by id. */
function lossFactors({ nodes, outputs }: Graph): ReadonlyMap<number, number> {
  const factors = new Map([[outputs.get('loss')!.id, 1]])
  for (const { operation, inputs, outputs: made } of nodes.toReversed()) {
    const factor = factors.get(made[0]!.id)
    if (factor === undefined || operation.op === 'softmaxCrossEntropy') continue
    if (operation.op !== 'add' && operation.op !== 'scale') {
      throw new Error(`A loss must be a sum of softmaxCrossEntropy, not ${operation.op}.`)
    }
    const own = operation.op === 'scale' ? factor * operation.factor : factor
    for (const { id } of inputs) factors.set(id, (factors.get(id) ?? 0) + own)
  }
  return factors
}

/** Ids of the values that any of `sources` flows into, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Value[]): ReadonlySet<number> {
  const found = new Set(sources.map((source) => source.id))
  for (const node of nodes) {
    if (node.inputs.some((input) => found.has(input.id))) {
      for (const output of node.outputs) found.add(output.id)
    }
  }
  return found
}

/** Gradient of factor · softmaxCrossEntropy with respect to its logits. */
function lossGradient(graph: Builder, { inputs }: Node, factor: number): Value {
  const gradient = graph.node({ op: 'softmaxCrossEntropyGradient' }, inputs)
  return factor === 1 ? gradient : graph.node({ op: 'scale', factor }, [gradient])
}

/** What builds the gradient of each input, given the gradient `dy` of the first output. */
function pullBack(graph: Builder, { operation, inputs, outputs }: Node, dy: Value) {
  const { gradient } = rowOf(operation)
  if (!gradient) throw new Error(`${operation.op} is not differentiated further.`)
  return gradient({ graph, operation, inputs, outputs, dy })
}
