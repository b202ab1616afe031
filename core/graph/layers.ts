import type { Parameter } from '../network/parameters.ts'
import type { Layer } from '../network/types.ts'
import type { Builder, Size, Value } from './ir.ts'
import { maskName } from './names.ts'

/** What there is for writing one layer of a network. */
export interface LayerContext {
  readonly graph: Builder
  /** Its first input. */
  readonly x: Value
  readonly inputs: readonly Value[]
  /** Shape of its output. */
  readonly shape: readonly Size[]
  /** Its parameter in that role. */
  readonly own: (role: Parameter['role']) => Value
  /** Whether the network trains. */
  readonly training: boolean
  /** Whether this layer does: it is not frozen. */
  readonly trains: boolean
  /** Batch normalization says what it saw: batch mean and biased variance. */
  readonly showStatistics: (mean: Value, variance: Value) => void
}

/** Writes a layer in operations; returns its output. */
export type LayerRow<Kind extends Layer['kind']> = (
  layer: Extract<Layer, { readonly kind: Kind }>,
  context: LayerContext,
) => Value

/** How each kind of layer is made of operations: a kind that lacks a row does not compile. */
export const layerRows: { readonly [Kind in Layer['kind']]: LayerRow<Kind> } = {
  convolution({ name, kernel, stride, padding, groups, dilation, bias }, { graph, x, own, training }) {
    if (dilation !== undefined && training)
      throw new Error(`Layer ${name} is dilated: it is for inference only.`)
    const dilated = dilation === undefined ? {} : { dilation }
    const convolution = { kernel, stride, padding, groups, ...dilated, algorithm: 'direct' } as const
    return graph.node({ op: 'conv2d', convolution }, [x, own('weight'), ...(bias ? [own('bias')] : [])])
  },
  linear: ({ bias }, { graph, x, own }) =>
    graph.node({ op: 'matmul', transposeA: false, transposeB: true }, [
      x,
      own('weight'),
      ...(bias ? [own('bias')] : []),
    ]),
  maxPool: ({ kernel, stride, padding, ceilMode }, { graph, x }) =>
    graph.node({ op: 'maxPool', window: { kernel, stride, padding, ceilMode } }, [x]),
  averagePool({ kernel, stride, padding, ceilMode, countIncludePad }, { graph, x }) {
    const window = { kernel, stride, padding, ceilMode, countPadding: countIncludePad }
    return graph.node({ op: 'averagePool', window }, [x])
  },
  adaptiveAveragePool: ({ side }, { graph, x }) => graph.node({ op: 'adaptiveAveragePool', side }, [x]),
  sigmoid: (_, { graph, x }) => graph.node({ op: 'sigmoid' }, [x]),
  scaleChannels: (_, { graph, inputs }) => graph.node({ op: 'scaleChannels' }, inputs),
  relu: (_, { graph, x }) => graph.node({ op: 'relu' }, [x]),
  localResponseNorm: ({ size, alpha, beta, k }, { graph, x }) =>
    graph.node({ op: 'localResponseNorm', constants: { size, alpha, beta, k } }, [x]),
  batchNorm({ epsilon }, { graph, x, own, trains, showStatistics }) {
    const inputs = [x, own('scale'), own('shift')]
    if (!trains) {
      return graph.node({ op: 'batchNorm', epsilon }, [...inputs, own('runningMean'), own('runningVar')])
    }
    const [y, mean, variance] = graph.outputs({ op: 'batchNormTraining', epsilon }, inputs)
    showStatistics(mean!, variance!)
    return y!
  },
  dropout({ name }, { graph, x, shape, training }) {
    if (!training) return x
    const [images, ...sizes] = shape as [Size, ...number[]]
    const flat = [images, sizes.reduce((product, size) => product * size, 1)]
    const mask = graph.node({ op: 'input', name: maskName(name), shape: flat }, [])
    const shaped = sizes.length > 1 ? graph.node({ op: 'reshape', shape }, [mask]) : mask
    return graph.node({ op: 'multiply' }, [x, shaped])
  },
  flatten: (_, { graph, x, shape }) => graph.node({ op: 'reshape', shape }, [x]),
  add: (_, { graph, x, inputs }) =>
    inputs.slice(1).reduce((sum, next) => graph.node({ op: 'add' }, [sum, next]), x),
  concat: (_, { graph, inputs }) => graph.node({ op: 'concat' }, inputs),
  globalAveragePool: (_, { graph, x }) => graph.node({ op: 'spatialMean' }, [x]),
}
