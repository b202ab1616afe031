import { usedNodes, type Graph, type Value } from '../ir.ts'
import { lower, type Lowering, type Operand } from './lower.ts'

/** Writes what the graph's outputs need; returns the tensor of each output. */
export function lowerGraph(lowering: Lowering, graph: Graph): ReadonlyMap<string, Operand> {
  const operands = new Map<number, Operand>()
  const operandOf = (value: Value): Operand => operands.get(value.id)!
  for (const node of usedNodes(graph)) {
    const outputs = lower(lowering, node, operandOf)
    node.outputs.forEach((value, index) => operands.set(value.id, outputs[index]!))
  }
  return new Map([...graph.outputs].map(([name, value]) => [name, operandOf(value)]))
}
