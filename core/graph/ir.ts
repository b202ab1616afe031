/**
 * The vocabulary in which forward pass, gradients and inference are written once, before an emitter lowers them to
 * ONNX or TensorFlow. A graph is readonly data in topological order. Images are N×C×H×W here; an emitter may store
 * them otherwise. What an operation is — shape, gradient, both lowerings — is its row in operations/index.ts.
 */

/** A dimension: known, or the number of images (`N`), or a side known only at run time (dense evaluation). */
export type Size = number | 'N' | 'H' | 'W'

export interface Value {
  readonly id: number
  readonly shape: readonly Size[]
}

/** Stride and symmetric padding of a square window. */
export interface Window {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

export interface Pooling extends Window {
  /** The last window may reach beyond the padding, but begins before it (PyTorch's `ceil_mode`). */
  readonly ceilMode: boolean
}

export interface AveragePooling extends Pooling {
  /** Padding counts as zeros; else, and beyond it, windows average over what they see (PyTorch's `count_include_pad`). */
  readonly countPadding: boolean
}

export interface Convolution extends Window {
  /** Number of groups that input and output channels fall into, each convolved by itself. */
  readonly groups: number
  /** Distance between the taps of the kernel; default 1. Such a convolution has no gradient here. */
  readonly dilation?: number
  /** How it is computed; an engine that has its own algorithm need not follow (see passes/winograd.ts). */
  readonly algorithm: 'direct' | 'winograd'
}

/** b = a / (k + α Σ a²)^β over `size` channels. */
export interface LrnConstants {
  readonly size: number
  readonly alpha: number
  readonly beta: number
  readonly k: number
}

/**
 * What a node does to its inputs (names in brackets, in order). All values are float32.
 * A `…Gradient` operation returns the gradient of the loss with respect to what its name says.
 */
export type Operation =
  /** [] images N×C×H×W, targets N×K (rows sum to 1), weights N×1, or a dropout mask N×F. */
  | { readonly op: 'input'; readonly name: string; readonly shape: readonly Size[] }
  /** [] a tensor of the state, canonical name and layout. */
  | { readonly op: 'parameter'; readonly name: string; readonly shape: readonly Size[] }
  /** [x, weight O×(I/groups)×k×k, bias O?] */
  | { readonly op: 'conv2d'; readonly convolution: Convolution }
  /** [dy, weight] → dx of the shape */
  | {
      readonly op: 'conv2dInputGradient'
      readonly convolution: Convolution
      readonly shape: readonly Size[]
    }
  /** [dy, x] → dweight */
  | { readonly op: 'conv2dWeightGradient'; readonly convolution: Convolution }
  /** [dy, x] → dweight with taps first, k²×O×(I/groups) (see passes/tapGradients.ts) */
  | { readonly op: 'conv2dTapGradients'; readonly convolution: Convolution }
  /** [x] the first of equal maxima wins; padding is less than any number */
  | { readonly op: 'maxPool'; readonly window: Pooling }
  /** [dy, y, x] → dx */
  | { readonly op: 'maxPoolGradient'; readonly window: Pooling }
  /** [x] */
  | { readonly op: 'averagePool'; readonly window: AveragePooling }
  /** [dy] → dx of the shape */
  | {
      readonly op: 'averagePoolGradient'
      readonly window: AveragePooling
      readonly shape: readonly Size[]
    }
  /** [x] to side×side means of its parts (PyTorch's AdaptiveAvgPool2d) */
  | { readonly op: 'adaptiveAveragePool'; readonly side: number }
  /** [dy] → dx of the shape */
  | { readonly op: 'adaptiveAveragePoolGradient'; readonly side: number; readonly shape: readonly Size[] }
  /** [x] */
  | { readonly op: 'relu' }
  /** [dy, y] → dx; y is relu's output */
  | { readonly op: 'reluGradient' }
  /** [x] */
  | { readonly op: 'sigmoid' }
  /** [dy, y] → dx; y is sigmoid's output */
  | { readonly op: 'sigmoidGradient' }
  /** [a, b, bias?] a·b after the transpositions, plus bias along rows */
  | { readonly op: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** [a, b] elementwise */
  | { readonly op: 'add' }
  /** [a, b] elementwise; b may be a scalar */
  | { readonly op: 'multiply' }
  /** [x N×C×H×W, factors N×C] each channel times its factor */
  | { readonly op: 'scaleChannels' }
  /** [x] times a constant */
  | { readonly op: 'scale'; readonly factor: number }
  /** [x] sum over all dimensions but the second: N×C×… → C */
  | { readonly op: 'channelSum' }
  /** [x…] along channels */
  | { readonly op: 'concat' }
  /** [x] channels start … end−1 */
  | { readonly op: 'sliceChannels'; readonly start: number; readonly end: number }
  /** [x] to the shape; the number of images stays */
  | { readonly op: 'reshape'; readonly shape: readonly Size[] }
  /** [x] N×C×H×W → N×C */
  | { readonly op: 'spatialMean' }
  /** [dy] N×C → the shape N×C×H×W, each dy/(H·W) */
  | { readonly op: 'spatialMeanGradient'; readonly shape: readonly Size[] }
  /** [x] */
  | { readonly op: 'localResponseNorm'; readonly constants: LrnConstants }
  /** [dy, y, x] → dx */
  | { readonly op: 'localResponseNormGradient'; readonly constants: LrnConstants }
  /** [x, scale, shift] → y, batch mean C, batch variance C (biased) */
  | { readonly op: 'batchNormTraining'; readonly epsilon: number }
  /** [dy, x, scale, mean, variance] → dx, dscale, dshift */
  | { readonly op: 'batchNormTrainingGradient'; readonly epsilon: number }
  /** [x, scale, shift, mean, variance] with given statistics */
  | { readonly op: 'batchNorm'; readonly epsilon: number }
  /** [dy, scale, variance] → dx */
  | { readonly op: 'batchNormGradient'; readonly epsilon: number }
  /** [logits, targets, weights] → scalar Σᵢ weightᵢ · −Σₖ targetᵢₖ · log softmax(logitsᵢ)ₖ */
  | { readonly op: 'softmaxCrossEntropy' }
  /** [logits, targets, weights] → dlogits (where the loss has gradient 1) */
  | { readonly op: 'softmaxCrossEntropyGradient' }

export type OperationName = Operation['op']
export type OperationOf<Name extends OperationName> = Extract<Operation, { readonly op: Name }>

export interface Node {
  readonly operation: Operation
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  /** The network's layer that it computes, or a gradient of; for people. */
  readonly layer?: string | undefined
}

export interface Graph {
  /** In topological order. */
  readonly nodes: readonly Node[]
  /** Values that a run returns, by name. */
  readonly outputs: ReadonlyMap<string, Value>
}

/** The nodes that the outputs need, in order. */
export function usedNodes(graph: Graph): readonly Node[] {
  const needed = new Set([...graph.outputs.values()].map((value) => value.id))
  const used = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((value) => needed.has(value.id))) return false
    for (const input of node.inputs) needed.add(input.id)
    return true
  })
  return used.toReversed()
}

/** Collects nodes; the shapes of their outputs follow from the operation and its inputs. */
export interface Builder {
  readonly nodes: readonly Node[]
  /** Appends a node; returns its first output. */
  node(operation: Operation, inputs: readonly Value[]): Value
  /** Appends a node; returns all of its outputs. */
  outputs(operation: Operation, inputs: readonly Value[]): readonly Value[]
  /** Nodes that `write` appends belong to the layer. */
  within<T>(layer: string | undefined, write: () => T): T
}
