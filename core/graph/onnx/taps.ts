import { gradientName } from '../step.ts'
import type { Graph, Node, Value } from '../ir.ts'

/** Output of separateTaps: the part of a convolution weight's gradient that belongs to one tap of the kernel. */
export const tapGradientName = (parameter: string, tap: number): string => `${gradientName(parameter)}/${tap}`

/**
 * A training graph that leaves the weight gradients of its convolutions as the matrix products give them: k² outputs
 * O×I (tapGradientName) instead of one O×I×k×k (gradientName). Whoever reads them can put the taps into place on the
 * way; here that would take two more passes over memory.
 */
export function separateTaps(graph: Graph): Graph {
  const outputs = new Map(graph.outputs)
  let nextId = Math.max(...graph.nodes.flatMap((node) => node.outputs.map(({ id }) => id))) + 1
  const nodes = graph.nodes.map((node): Node => {
    const { operation } = node
    if (operation.op !== 'conv2dWeightGradient') return node
    const [gradient] = node.outputs as [Value]
    const [outputChannels, inputChannels] = gradient.shape
    const names = [...graph.outputs].filter(([, value]) => value.id === gradient.id).map(([name]) => name)
    const { kernel } = operation.window
    if (kernel === 1 || names.length !== 1) return node
    const taps = Array.from({ length: kernel * kernel }, (): Value => {
      return { id: nextId++, shape: [outputChannels!, inputChannels!] }
    })
    outputs.delete(names[0]!)
    taps.forEach((value, tap) => outputs.set(`${names[0]!}/${tap}`, value))
    return { ...node, operation: { op: 'conv2dTapGradients', window: operation.window }, outputs: taps }
  })
  return { nodes, outputs }
}
