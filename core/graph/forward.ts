import { StudioError } from '../base/errors.ts'
import type { Layer, Network, Shape } from '../network/types.ts'
import { layerShapes } from '../network/shapes.ts'
import { parameters, type Parameter } from '../network/parameters.ts'
import type { Builder, Size, Value } from './ir.ts'
import { layerRows, type LayerContext, type LayerRow } from './layers.ts'

/** What a forward pass leaves behind for the graphs built upon it. */
export interface Forward {
  /** Output value of each layer, and of `input`. */
  readonly values: ReadonlyMap<string, Value>
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

/** Writes the network's forward pass into `graph`. Images come from the input `images`. */
export function forward(graph: Builder, network: Network, options: ForwardOptions): Forward {
  const shapes = layerShapes(network)
  const byLayer = Map.groupBy(parameters(network), (parameter) => parameter.layer)
  const values = new Map<string, Value>()
  const batchStatistics = new Map<string, { mean: Value; variance: Value }>()

  const sized = (shape: Shape): readonly Size[] =>
    options.anySize && shape.length === 3 ? ['N', shape[0], 'H', 'W'] : ['N', ...shape]
  const images = { op: 'input', name: 'images', shape: sized(shapes.get('input')!) } as const
  values.set('input', graph.node(images, []))

  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name)!)
    const [x] = inputs
    if (!x) throw new StudioError('invalid-network', { what: 'no-input', layer: layer.name })
    const shape = sized(shapes.get(layer.name)!)
    const own = (role: Parameter['role']): Value => {
      const parameter = byLayer.get(layer.name)?.find((candidate) => candidate.role === role)
      if (!parameter)
        throw new StudioError('invalid-network', { what: 'no-parameter', layer: layer.name, role })
      return graph.node({ op: 'parameter', name: parameter.name, shape: parameter.shape }, [])
    }
    const context: LayerContext = {
      graph,
      x,
      inputs,
      shape,
      own,
      training: options.training,
      trains: options.training && !options.frozen.has(layer.name),
      showStatistics: (mean, variance) => void batchStatistics.set(layer.name, { mean, variance }),
    }
    const value = graph.within(layer.name, () => write(layer, context))
    if (value.shape.join() !== shape.join()) {
      throw new Error(`Layer ${layer.name} gives ${shape.join('×')}, its graph ${value.shape.join('×')}.`)
    }
    values.set(layer.name, value)
  }
  return { values, batchStatistics }
}

function write(layer: Layer, context: LayerContext): Value {
  // Which row goes with which kind is known to the table's type, but not to one of all kinds.
  const row = layerRows[layer.kind] as LayerRow<Layer['kind']>
  return row(layer, context)
}
