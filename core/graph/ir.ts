/**
 * The vocabulary in which forward pass, gradients and inference are written once, before an emitter lowers them to
 * ONNX or TensorFlow. A graph is readonly data in topological order. Images are N×C×H×W here; an emitter may store
 * them otherwise.
 */

/** A dimension: known, or the number of images (`N`), or a side known only at run time (dense evaluation). */
export type Size = number | 'N' | 'H' | 'W'

export interface Value {
  readonly id: number
  readonly shape: readonly Size[]
}

/** Stride and symmetric zero padding of a convolution or pooling window. */
export interface Window {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
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
  | { readonly op: 'input'; readonly name: string }
  /** [] a tensor of the state, canonical name and layout. */
  | { readonly op: 'parameter'; readonly name: string }
  /** [x, weight O×I×k×k, bias O?] */
  | { readonly op: 'conv2d'; readonly window: Window }
  /** [dy, weight] → dx */
  | { readonly op: 'conv2dInputGradient'; readonly window: Window }
  /** [dy, x] → dweight */
  | { readonly op: 'conv2dWeightGradient'; readonly window: Window }
  /** [dy, x] → dweight with taps first, k²×O×I (see onnx/gradients.ts) */
  | { readonly op: 'conv2dTapGradients'; readonly window: Window }
  /** [x] the first of equal maxima wins */
  | { readonly op: 'maxPool'; readonly window: Window }
  /** [dy, y, x] → dx */
  | { readonly op: 'maxPoolGradient'; readonly window: Window }
  /** [x] */
  | { readonly op: 'relu' }
  /** [dy, y] → dx; y is relu's output */
  | { readonly op: 'reluGradient' }
  /** [a, b, bias?] a·b after the transpositions, plus bias along rows */
  | { readonly op: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** [a, b] elementwise */
  | { readonly op: 'add' }
  /** [a, b] elementwise */
  | { readonly op: 'multiply' }
  /** [x] times a constant */
  | { readonly op: 'scale'; readonly factor: number }
  /** [x] sum over all dimensions but the second: N×C×… → C */
  | { readonly op: 'channelSum' }
  /** [x…] along channels */
  | { readonly op: 'concat' }
  /** [x] channels start … end−1 */
  | { readonly op: 'sliceChannels'; readonly start: number; readonly end: number }
  /** [x] to the value's shape; the number of images stays */
  | { readonly op: 'reshape' }
  /** [x] N×C×H×W → N×C */
  | { readonly op: 'spatialMean' }
  /** [dy] N×C → N×C×H×W, each dy/(H·W) */
  | { readonly op: 'spatialMeanGradient' }
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

export interface Node {
  readonly operation: Operation
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

export interface Graph {
  /** In topological order. */
  readonly nodes: readonly Node[]
  /** What a run returns, by name. */
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

/** Collects nodes; each method of use appends one and returns its output. */
export interface Builder {
  readonly nodes: readonly Node[]
  /** Appends a node with one output. */
  node(operation: Operation, inputs: readonly Value[], shape: readonly Size[]): Value
  /** Appends a node with several outputs. */
  nodes3(
    operation: Operation,
    inputs: readonly Value[],
    shapes: readonly [readonly Size[], readonly Size[], readonly Size[]],
  ): readonly [Value, Value, Value]
}

export function builder(): Builder {
  const nodes: Node[] = []
  let nextId = 0
  const append = (operation: Operation, inputs: readonly Value[], shapes: readonly (readonly Size[])[]) => {
    const outputs = shapes.map((shape): Value => ({ id: nextId++, shape }))
    nodes.push({ operation, inputs, outputs })
    return outputs
  }
  return {
    nodes,
    node: (operation, inputs, shape) => append(operation, inputs, [shape])[0]!,
    nodes3: (operation, inputs, shapes) =>
      append(operation, inputs, shapes) as [Value, Value, Value] /* three shapes give three values */,
  }
}
