import { usedNodes, type Graph, type Node, type Value } from '../ir.ts'
import { gradientName } from '../names.ts'
import type { Pass } from './pass.ts'

/** Outputs of linearFactors: a linear weight's gradient is dyᵀ·x. */
export const factorNames = (parameter: string): { readonly dy: string; readonly x: string } => ({
  dy: `${gradientName(parameter)}/dy`,
  x: `${gradientName(parameter)}/x`,
})

/**
 * Leaves the gradients of linear weights, most of what there is to keep, as their factors N×O and N×I (factorNames)
 * instead of their product O×I: the update multiplies them, once for all micro-batches.
 */
export const linearFactors: Pass = { name: 'gradients of linear layers as factors', apply: withFactors }

function withFactors(graph: Graph): Graph {
  const outputs = new Map(graph.outputs)
  const names = new Map([...graph.outputs].map(([name, { id }]) => [id, name]))
  const given = new Set(graph.nodes.filter(isGiven).flatMap((node) => node.outputs.map(({ id }) => id)))
  const isFree = ({ id }: Value): boolean =>
    !given.has(id) && [...outputs.values()].every((value) => value.id !== id)

  for (const { operation, inputs, outputs: results } of graph.nodes) {
    const name = names.get(results[0]!.id)
    if (name === undefined || operation.op !== 'matmul' || !inputs.every(isFree)) continue
    const [dy, x] = inputs as [Value, Value]
    if (!operation.transposeA || operation.transposeB || dy === x) continue
    outputs.delete(name)
    outputs.set(`${name}/dy`, dy).set(`${name}/x`, x)
  }
  return { nodes: usedNodes({ ...graph, outputs }), outputs }
}

/** Inputs and parameters have their names already. */
function isGiven({ operation }: Node): boolean {
  return operation.op === 'input' || operation.op === 'parameter'
}
