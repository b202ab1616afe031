import { gradientName } from '../step.ts'
import type { Graph, Node, Value } from '../ir.ts'

/** An output of tapGradients: a convolution weight's gradient with the taps of the kernel first. */
export const tapGradientName = (parameter: string): string => `${gradientName(parameter)}/taps`

/**
 * A training graph that leaves the gradients of convolution weights as they come, k²×O×I (tapGradientName) instead of
 * O×I×k×k, for an update that can use them so and saves passes over memory.
 */
export function tapGradients(graph: Graph): Graph {
  const outputs = new Map(graph.outputs)
  const names = new Map([...graph.outputs].map(([name, { id }]) => [id, name]))
  let nextId = Math.max(...graph.nodes.flatMap((node) => node.outputs.map(({ id }) => id))) + 1
  const nodes = graph.nodes.map((node): Node => {
    const { operation } = node
    const [gradient] = node.outputs as [Value]
    const name = names.get(gradient.id)
    if (name === undefined || operation.op !== 'conv2dWeightGradient' || operation.window.kernel === 1)
      return node
    const { window } = operation
    const [outputChannels, inputChannels] = gradient.shape
    const taps: Value = { id: nextId++, shape: [window.kernel ** 2, outputChannels!, inputChannels!] }
    outputs.delete(name)
    outputs.set(`${name}/taps`, taps)
    return { ...node, operation: { op: 'conv2dTapGradients', window }, outputs: [taps] }
  })
  return { nodes, outputs }
}
