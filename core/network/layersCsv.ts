import { csvText } from '../base/csv.ts'
import type { LayerDescription } from './cost.ts'

/** All layers in network order, plain numbers with their units in the titles: KB of 1,024 bytes, k and M of thousands. */
export function layersCsv(layers: readonly LayerDescription[]): string {
  const titles = [
    ...['layer', 'label', 'kind', 'channels', 'height', 'width', 'memory KB', 'parameters k'],
    ...['parameters without biases k', 'multiply-adds M', 'receptive field px'],
  ]
  const lines = layers.map((layer) => {
    const { name, label, kind, outputShape, memory, parameters, weights, multiplyAdds, receptiveField } =
      layer
    const [channels, height = 1, width = 1] = outputShape
    const costs = [memory / 1024, parameters / 1e3, weights / 1e3, multiplyAdds / 1e6]
    return [name, label, kind, channels, height, width, ...costs, receptiveField]
  })
  return csvText([titles, ...lines])
}
