import { assertNever } from '../base/errors.ts'
import type { Builder, Node, Value } from './ir.ts'

/**
 * Appends to `graph` the gradients of Σ factor · loss (reverse mode: nodes from last to first, contributions to one
 * value added up) and returns those with respect to `wanted`. Only what `wanted` needs is built.
 *
 * @param losses outputs of softmaxCrossEntropy nodes, each with its factor
 * @returns one gradient for each wanted value that a loss depends on, of the value's shape
 */
export function differentiate(
  graph: Builder,
  losses: ReadonlyMap<Value, number>,
  wanted: readonly Value[],
): ReadonlyMap<Value, Value> {
  const forward = [...graph.nodes]
  const needed = dependents(forward, wanted)
  const gradients = new Map<number, Value>()
  const contribute = (value: Value, gradient: Value): void => {
    const sum = gradients.get(value.id)
    gradients.set(value.id, sum ? graph.node({ op: 'add' }, [sum, gradient], value.shape) : gradient)
  }

  for (const node of forward.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue
    const factor = losses.get(node.outputs[0]!)
    if (factor !== undefined) {
      contribute(node.inputs[0]!, lossGradient(graph, node, factor))
      continue
    }
    const dy = gradients.get(node.outputs[0]!.id)
    if (!dy) continue
    for (const [input, gradient] of pullBack(graph, node, dy, (value) => needed.has(value.id))) {
      contribute(input, gradient)
    }
  }
  const result = new Map<Value, Value>()
  for (const value of wanted) {
    const gradient = gradients.get(value.id)
    if (gradient) result.set(value, gradient)
  }
  return result
}

/** Ids of the values that any of `sources` flows into, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Value[]): ReadonlySet<number> {
  const found = new Set(sources.map((source) => source.id))
  for (const node of nodes) {
    if (node.inputs.some((input) => found.has(input.id))) {
      for (const output of node.outputs) found.add(output.id)
    }
  }
  return found
}

/** Gradient of factor · softmaxCrossEntropy with respect to its logits. */
function lossGradient(graph: Builder, node: Node, factor: number): Value {
  if (node.operation.op !== 'softmaxCrossEntropy') {
    throw new Error(`A loss must be a softmaxCrossEntropy, not ${node.operation.op}.`)
  }
  const { shape } = node.inputs[0]!
  const gradient = graph.node({ op: 'softmaxCrossEntropyGradient' }, node.inputs, shape)
  return factor === 1 ? gradient : graph.node({ op: 'scale', factor }, [gradient], shape)
}

/** Gradients with respect to those inputs of `node` that `needs`, given the gradient `dy` of its first output. */
function pullBack(graph: Builder, node: Node, dy: Value, needs: (value: Value) => boolean): [Value, Value][] {
  const { operation, inputs, outputs } = node
  const [x, second, third] = inputs as [Value, Value, Value]
  const y = outputs[0]!
  const found: [Value, Value][] = []
  /** Builds a gradient only where something needs it. */
  const to = (input: Value | undefined, build: (input: Value) => Value): void => {
    if (input && needs(input)) found.push([input, build(input)])
  }

  switch (operation.op) {
    case 'input':
    case 'parameter':
      break
    case 'conv2d': {
      const { window } = operation
      to(second, () => graph.node({ op: 'conv2dWeightGradient', window }, [dy, x], second.shape))
      to(third, (bias) => graph.node({ op: 'channelSum' }, [dy], bias.shape))
      to(x, () => graph.node({ op: 'conv2dInputGradient', window }, [dy, second], x.shape))
      break
    }
    case 'matmul': {
      const { transposeA: ta, transposeB: tb } = operation
      const multiply = (a: Value, b: Value, transposeA: boolean, transposeB: boolean, of: Value): Value =>
        graph.node({ op: 'matmul', transposeA, transposeB }, [a, b], of.shape)
      to(second, () => (tb ? multiply(dy, x, true, ta, second) : multiply(x, dy, !ta, false, second)))
      to(third, (bias) => graph.node({ op: 'channelSum' }, [dy], bias.shape))
      to(x, () => (ta ? multiply(second, dy, tb, true, x) : multiply(dy, second, false, !tb, x)))
      break
    }
    case 'maxPool':
      to(x, () => graph.node({ op: 'maxPoolGradient', window: operation.window }, [dy, y, x], x.shape))
      break
    case 'relu':
      to(x, () => graph.node({ op: 'reluGradient' }, [dy, y], x.shape))
      break
    case 'add':
      to(x, () => dy)
      to(second, () => dy)
      break
    case 'multiply':
      to(x, () => graph.node({ op: 'multiply' }, [dy, second], x.shape))
      to(second, () => graph.node({ op: 'multiply' }, [dy, x], second.shape))
      break
    case 'scale':
      to(x, () => graph.node(operation, [dy], x.shape))
      break
    case 'concat': {
      let start = 0
      for (const input of inputs) {
        const end = start + (input.shape[1] as number)
        const range = { op: 'sliceChannels', start, end } as const
        to(input, () => graph.node(range, [dy], input.shape))
        start = end
      }
      break
    }
    case 'reshape':
      to(x, () => graph.node({ op: 'reshape' }, [dy], x.shape))
      break
    case 'spatialMean':
      to(x, () => graph.node({ op: 'spatialMeanGradient' }, [dy], x.shape))
      break
    case 'localResponseNorm': {
      const gradient = { op: 'localResponseNormGradient', constants: operation.constants } as const
      to(x, () => graph.node(gradient, [dy, y, x], x.shape))
      break
    }
    case 'batchNormTraining': {
      const [dx, dscale, dshift] = graph.nodes3(
        { op: 'batchNormTrainingGradient', epsilon: operation.epsilon },
        [dy, x, second, outputs[1]!, outputs[2]!],
        [x.shape, second.shape, third.shape],
      )
      to(x, () => dx)
      to(second, () => dscale)
      to(third, () => dshift)
      break
    }
    case 'batchNorm':
      // Its own parameters are frozen wherever running statistics are used while training.
      to(x, () =>
        graph.node(
          { op: 'batchNormGradient', epsilon: operation.epsilon },
          [dy, second, inputs[4]!],
          x.shape,
        ),
      )
      break
    case 'conv2dInputGradient':
    case 'conv2dWeightGradient':
    case 'conv2dTapGradients':
    case 'maxPoolGradient':
    case 'reluGradient':
    case 'channelSum':
    case 'sliceChannels':
    case 'spatialMeanGradient':
    case 'localResponseNormGradient':
    case 'batchNormTrainingGradient':
    case 'batchNormGradient':
    case 'softmaxCrossEntropy':
    case 'softmaxCrossEntropyGradient':
      throw new Error(`${operation.op} is not differentiated further.`)
    default:
      assertNever(operation)
  }
  return found
}
