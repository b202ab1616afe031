import { factsOf } from './layers.ts'
import { inputShapes, layerShapes } from './shapes.ts'
import type { Network } from './types.ts'

/** What one value of a layer's output sees of the image, in pixels; padding counts, so it can exceed the image. */
export interface ReceptiveField {
  /** Side of the square that the value depends on. */
  readonly size: number
  /** Pixels between the squares of neighboring values. */
  readonly stride: number
}

/**
 * Receptive field of each layer, `input` first: 1 + L(K−1) for L convolutions of kernel K at stride 1 (VGG §2.3), and
 * every later kernel steps by the product of the strides before it. Flattening and global pooling see the whole map.
 * Where branches meet, the largest field counts.
 */
export function receptiveFields(network: Network): ReadonlyMap<string, ReceptiveField> {
  const shapes = layerShapes(network)
  const fields = new Map<string, ReceptiveField>([['input', { size: 1, stride: 1 }]])
  for (const layer of network.layers) {
    const { size, stride } = widest(layer.inputs.map((name) => fields.get(name)!))
    const window = factsOf(layer).window(layer, inputShapes(layer, shapes)[0]!)
    fields.set(layer.name, { size: size + (window.kernel - 1) * stride, stride: stride * window.stride })
  }
  return fields
}

function widest(fields: readonly ReceptiveField[]): ReceptiveField {
  return {
    size: Math.max(...fields.map(({ size }) => size)),
    stride: Math.max(...fields.map(({ stride }) => stride)),
  }
}
