import { StudioError, assertNever } from '../base/errors.ts'
import type { Layer, Network, Shape } from '../network/types.ts'
import { layerShapes } from '../network/shapes.ts'
import { parameters, type Parameter } from '../network/parameters.ts'
import type { Builder, Size, Value } from './ir.ts'

/** What a forward pass leaves behind for the graphs built upon it. */
export interface Forward {
  /** Output value of each layer, and of `input`. */
  readonly values: ReadonlyMap<string, Value>
  /** Value of each parameter that was used, by canonical name. */
  readonly parameters: ReadonlyMap<string, Value>
  /** Batch mean and biased variance of each batch-norm layer in training mode. */
  readonly batchStatistics: ReadonlyMap<string, { readonly mean: Value; readonly variance: Value }>
}

export interface ForwardOptions {
  readonly training: boolean
  /** Layers whose batch normalization uses its running statistics although the network trains. */
  readonly frozen: ReadonlySet<string>
  /** Height and width are those of each image, not of the network's crop (a fully convolutional network). */
  readonly anySize: boolean
}

/** Name of the graph input that carries a dropout layer's mask: N×F values 0 or 1/(1−rate). */
export function maskName(layer: string): string {
  return `mask/${layer}`
}

/** Writes the network's forward pass into `graph`. Images come from the input `images`. */
export function forward(graph: Builder, network: Network, options: ForwardOptions): Forward {
  const shapes = layerShapes(network)
  const byLayer = Map.groupBy(parameters(network), (parameter) => parameter.layer)
  const values = new Map<string, Value>()
  const used = new Map<string, Value>()
  const batchStatistics = new Map<string, { mean: Value; variance: Value }>()

  const sized = (shape: Shape): readonly Size[] =>
    options.anySize && shape.length === 3 ? ['N', shape[0], 'H', 'W'] : ['N', ...shape]
  values.set('input', graph.node({ op: 'input', name: 'images' }, [], sized(shapes.get('input')!)))

  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name)!)
    const [x] = inputs
    if (!x) throw new StudioError('invalid-network', `Layer ${layer.name} has no input.`)
    const shape = sized(shapes.get(layer.name)!)
    const own = (role: Parameter['role']): Value => {
      const parameter = byLayer.get(layer.name)?.find((candidate) => candidate.role === role)
      if (!parameter) throw new StudioError('invalid-network', `Layer ${layer.name} has no ${role}.`)
      const value = graph.node({ op: 'parameter', name: parameter.name }, [], parameter.shape)
      used.set(parameter.name, value)
      return value
    }
    values.set(layer.name, write(layer, x, inputs, shape, own))
  }
  return { values, parameters: used, batchStatistics }

  function write(
    layer: Layer,
    x: Value,
    inputs: readonly Value[],
    shape: readonly Size[],
    own: (role: Parameter['role']) => Value,
  ): Value {
    switch (layer.kind) {
      case 'convolution': {
        const window = { kernel: layer.kernel, stride: layer.stride, padding: layer.padding }
        const tensors = layer.bias ? [x, own('weight'), own('bias')] : [x, own('weight')]
        return graph.node({ op: 'conv2d', window }, tensors, shape)
      }
      case 'linear':
        return graph.node(
          { op: 'matmul', transposeA: false, transposeB: true },
          [x, own('weight'), own('bias')],
          shape,
        )
      case 'maxPool':
        return graph.node(
          { op: 'maxPool', window: { kernel: layer.kernel, stride: layer.stride, padding: 0 } },
          [x],
          shape,
        )
      case 'relu':
        return graph.node({ op: 'relu' }, [x], shape)
      case 'localResponseNorm': {
        const { size, alpha, beta, k } = layer
        return graph.node({ op: 'localResponseNorm', constants: { size, alpha, beta, k } }, [x], shape)
      }
      case 'batchNorm':
        return writeBatchNorm(layer.name, layer.epsilon, x, own)
      case 'dropout':
        if (!options.training) return x
        return graph.node(
          { op: 'multiply' },
          [x, graph.node({ op: 'input', name: maskName(layer.name) }, [], shape)],
          shape,
        )
      case 'flatten':
        return graph.node({ op: 'reshape' }, [x], shape)
      case 'add':
        return inputs.slice(1).reduce((sum, next) => graph.node({ op: 'add' }, [sum, next], shape), x)
      case 'concat':
        return graph.node({ op: 'concat' }, inputs, shape)
      case 'globalAveragePool':
        return graph.node({ op: 'spatialMean' }, [x], shape)
      default:
        return assertNever(layer)
    }
  }

  function writeBatchNorm(
    layer: string,
    epsilon: number,
    x: Value,
    own: (role: Parameter['role']) => Value,
  ): Value {
    const [scale, shift] = [own('scale'), own('shift')]
    if (!options.training || options.frozen.has(layer)) {
      const statistics = [own('runningMean'), own('runningVar')]
      return graph.node({ op: 'batchNorm', epsilon }, [x, scale, shift, ...statistics], x.shape)
    }
    const perChannel = scale.shape
    const [y, mean, variance] = graph.nodes3(
      { op: 'batchNormTraining', epsilon },
      [x, scale, shift],
      [x.shape, perChannel, perChannel],
    )
    batchStatistics.set(layer, { mean, variance })
    return y
  }
}
