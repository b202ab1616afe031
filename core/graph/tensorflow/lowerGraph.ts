import { usedNodes, type Graph, type Node, type Value } from '../ir.ts'
import { rowOf } from '../operations/index.ts'
import type { Lowering, Operand } from './lowering.ts'

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

function lower(
  lowering: Lowering,
  { operation, inputs, outputs }: Node,
  operandOf: (value: Value) => Operand,
): readonly Operand[] {
  const { shape } = outputs[0]!
  const written = rowOf(operation).tensorflow(lowering, inputs.map(operandOf), operation, shape)
  const tensors = 'name' in written ? [written] : written
  return outputs.map((output, index) => ({ ...tensors[index]!, shape: output.shape }))
}
