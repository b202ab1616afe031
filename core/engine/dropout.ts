import { elementCount } from '../base/tensor.ts'
import { random } from '../base/random.ts'
import type { Network } from '../network/types.ts'
import { layerShapes } from '../network/shapes.ts'

export interface DropoutLayer {
  readonly name: string
  readonly rate: number
  /** Values per image. */
  readonly size: number
}

/** The network's dropout layers in order. */
export function dropoutLayers(network: Network): readonly DropoutLayer[] {
  const shapes = layerShapes(network)
  return network.layers
    .filter((layer) => layer.kind === 'dropout')
    .map(({ name, rate }) => ({ name, rate, size: elementCount(shapes.get(name)!) }))
}

/**
 * The mask of one dropout layer for one micro-batch: `count` values, 0 with probability `rate`, else 1/(1−rate)
 * (inverted dropout). Depends on the seed and the layer's position alone, so that every engine drops the same units.
 *
 * @param layer position among the network's dropout layers
 */
export function dropoutMask(
  seed: readonly number[],
  layer: number,
  { rate, count }: { readonly rate: number; readonly count: number },
): Float32Array {
  const draw = random(...seed, layer)
  const kept = 1 / (1 - rate)
  const threshold = rate * 0x100000000
  const mask = new Float32Array(count)
  for (let index = 0; index < count; index++) mask[index] = draw.uint32() < threshold ? 0 : kept
  return mask
}
