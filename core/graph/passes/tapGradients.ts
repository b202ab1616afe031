import { valueMaker } from '../builder.ts'
import type { Graph, Node, Value } from '../ir.ts'
import { gradientName } from '../names.ts'
import type { Pass } from './pass.ts'

/** An output of tapGradients: a convolution weight's gradient with the taps of the kernel first. */
export const tapGradientName = (parameter: string): string => `${gradientName(parameter)}/taps`

/**
 * Leaves the gradients of convolution weights as they come, k²×O×I (tapGradientName) instead of O×I×k×k, for an update
 * that can use them so and saves passes over memory.
 */
export const tapGradients: Pass = { name: 'gradients with taps first', apply: withTaps }

function withTaps(graph: Graph): Graph {
  const outputs = new Map(graph.outputs)
  const names = new Map([...graph.outputs].map(([name, { id }]) => [id, name]))
  const fresh = valueMaker(graph.nodes)
  const nodes = graph.nodes.map((node): Node => {
    const { operation } = node
    const [gradient] = node.outputs as [Value]
    const name = names.get(gradient.id)
    if (name === undefined || operation.op !== 'conv2dWeightGradient' || operation.convolution.kernel === 1)
      return node
    const { convolution } = operation
    const [outputChannels, inputChannels] = gradient.shape
    const taps = fresh([convolution.kernel ** 2, outputChannels!, inputChannels!])
    outputs.delete(name)
    outputs.set(`${name}/taps`, taps)
    return { ...node, operation: { op: 'conv2dTapGradients', convolution }, outputs: [taps] }
  })
  return { nodes, outputs }
}
