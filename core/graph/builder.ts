import type { Builder, Graph, Node, Operation, Size, Value } from './ir.ts'
import { rowOf } from './operations/index.ts'

/** @param begun a graph to continue from */
export function builder(begun?: Graph): Builder {
  const nodes: Node[] = [...(begun?.nodes ?? [])]
  const fresh = valueMaker(nodes)
  let layer: string | undefined

  function outputs(operation: Operation, inputs: readonly Value[]): readonly Value[] {
    const values = rowOf(operation).shapes(operation, inputs).map(fresh)
    nodes.push({ operation, inputs, outputs: values, layer })
    return values
  }

  return {
    nodes,
    node: (operation, inputs) => outputs(operation, inputs)[0]!,
    outputs,
    within(name, write) {
      const before = layer
      layer = name
      try {
        return write()
      } finally {
        layer = before
      }
    },
  }
}

/** Makes values with ids that no node uses yet. */
export function valueMaker(nodes: readonly Node[]): (shape: readonly Size[]) => Value {
  const ids = nodes.flatMap((node) => node.outputs.map(({ id }) => id))
  let next = ids.reduce((most, id) => Math.max(most, id + 1), 0)
  return (shape) => ({ id: next++, shape })
}
