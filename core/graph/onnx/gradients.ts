import { gradientName } from '../step.ts'
import type { Graph, Node, Value } from '../ir.ts'

/** An output of rawGradients: a convolution weight's gradient with the taps of the kernel first. */
export const tapGradientName = (parameter: string): string => `${gradientName(parameter)}/taps`

/** Outputs of rawGradients: a linear weight's gradient is dyᵀ·x. */
export const factorNames = (parameter: string): { readonly dy: string; readonly x: string } => ({
  dy: `${gradientName(parameter)}/dy`,
  x: `${gradientName(parameter)}/x`,
})

/**
 * A training graph that leaves the gradients of large weights as they come, for an update that can use them so and
 * saves passes over memory: those of a convolution as k²×O×I (tapGradientName) instead of O×I×k×k, those of a linear
 * layer as their factors N×O and N×I (factorNames) instead of their product O×I.
 */
export function rawGradients(graph: Graph): Graph {
  const outputs = new Map(graph.outputs)
  const names = new Map([...graph.outputs].map(([name, { id }]) => [id, name]))
  const given = new Set(graph.nodes.filter(isGiven).flatMap((node) => node.outputs.map(({ id }) => id)))
  let nextId = Math.max(...graph.nodes.flatMap((node) => node.outputs.map(({ id }) => id))) + 1

  const isFree = ({ id }: Value): boolean =>
    !given.has(id) && [...outputs.values()].every((value) => value.id !== id)

  const nodes = graph.nodes.map((node): Node => {
    const { operation, inputs } = node
    const [gradient] = node.outputs as [Value]
    const name = names.get(gradient.id)
    if (name === undefined) return node
    if (operation.op === 'matmul' && inputs.every(isFree)) {
      const [dy, x] = inputs as [Value, Value]
      if (!operation.transposeA || operation.transposeB || dy === x) return node
      outputs.delete(name)
      outputs.set(`${name}/dy`, dy).set(`${name}/x`, x)
    }
    if (operation.op === 'conv2dWeightGradient' && operation.window.kernel > 1) {
      const [outputChannels, inputChannels] = gradient.shape
      const taps: Value = {
        id: nextId++,
        shape: [operation.window.kernel ** 2, outputChannels!, inputChannels!],
      }
      outputs.delete(name)
      outputs.set(`${name}/taps`, taps)
      return { ...node, operation: { op: 'conv2dTapGradients', window: operation.window }, outputs: [taps] }
    }
    return node
  })
  return { nodes, outputs }
}

/** Inputs and parameters have their names already. */
function isGiven({ operation }: Node): boolean {
  return operation.op === 'input' || operation.op === 'parameter'
}
