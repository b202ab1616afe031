import type { Convolution, Node, Operation, Size } from '../ir.ts'
import type { Pass } from './pass.ts'

/** Below it (the harmonic mean of input and output channels) the transforms cost more than the products save. */
const channelsWorthIt = 80
/** The products that transform a map along a side grow with its square. */
const largestSide = 64

/**
 * Has those convolutions, and their gradients, computed by Winograd's algorithm (onnx/winograd.ts) that are faster so with ONNX
 * Runtime on a CPU. Not for graphs whose weights are constants: for them it has a convolution that is twice as fast, and
 * transforms of weights pay for many images only.
 */
export const winograd: Pass = {
  name: 'convolutions by Winograd’s algorithm',
  apply: (graph) => ({ ...graph, nodes: graph.nodes.map(chosen) }),
}

/** Whether the convolution of x N×I×H×W with weights O×I×… is faster so. */
export function worthWinograd(
  { kernel, stride, padding, groups }: Omit<Convolution, 'algorithm'>,
  x: readonly Size[],
  weight: readonly Size[],
): boolean {
  const [, , height, width] = x
  const [outputs, inputs] = weight as [number, number]
  if (typeof height !== 'number' || typeof width !== 'number') return false
  if (kernel !== 3 || stride !== 1 || padding !== 1 || groups !== 1) return false
  if (Math.max(height, width) > largestSide) return false
  return (2 * inputs * outputs) / (inputs + outputs) >= channelsWorthIt
}

function chosen(node: Node): Node {
  const { operation } = node
  if (!('convolution' in operation)) return node
  const { x, weight } = shapesOf(operation, node)
  if (!worthWinograd(operation.convolution, x, weight)) return node
  const convolution: Convolution = { ...operation.convolution, algorithm: 'winograd' }
  return { ...node, operation: { ...operation, convolution } }
}

/** What is convolved, and with what. */
function shapesOf(
  { op }: Operation,
  { inputs, outputs }: Node,
): { readonly x: readonly Size[]; readonly weight: readonly Size[] } {
  const [first, second] = inputs.map(({ shape }) => shape) as [readonly Size[], readonly Size[]]
  if (op === 'conv2d') return { x: first, weight: second }
  if (op === 'conv2dInputGradient') return { x: outputs[0]!.shape, weight: second }
  return { x: second, weight: [first[1]!, second[1]!] }
}
