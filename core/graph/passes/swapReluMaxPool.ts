import { valueMaker } from '../builder.ts'
import type { Graph, Node } from '../ir.ts'
import type { Pass } from './pass.ts'

/**
 * Puts each max pooling before the rectification that it follows: max(relu(x)) = relu(max(x)), and so are the
 * gradients. A quarter of the rectifying is left, and training need not keep what is before the pooling.
 */
export const swapReluMaxPool: Pass = { name: 'max pooling before ReLU', apply: swapped }

function swapped(graph: Graph): Graph {
  const makers = new Map(graph.nodes.map((node) => [node.outputs[0]!.id, node]))
  const fresh = valueMaker(graph.nodes)
  const replaced = new Map<Node, Node>()
  for (const pool of graph.nodes) {
    if (pool.operation.op !== 'maxPool') continue
    const relu = makers.get(pool.inputs[0]!.id)
    if (relu?.operation.op !== 'relu' || timesRead(graph, relu.outputs[0]!.id) > 1) continue
    // Each takes the other's place, so that all nodes stay behind those that they read.
    const pooled = fresh(pool.outputs[0]!.shape)
    replaced.set(relu, { ...pool, inputs: relu.inputs, outputs: [pooled] })
    replaced.set(pool, { ...relu, inputs: [pooled], outputs: pool.outputs })
  }
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) }
}

/** Number of uses by nodes, and as an output of the graph. */
function timesRead({ nodes, outputs }: Graph, id: number): number {
  const read = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.values()]
  return read.filter((value) => value.id === id).length
}
