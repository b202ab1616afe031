import { random } from '../base/random.ts'
import type { Network } from '../network/types.ts'
import type { Batch } from './types.ts'

/** Images of standard normal noise, always the same, with labels in turn: for trying and timing steps. */
export function noiseBatch(network: Network, images: number): Omit<Batch, 'dropoutSeed'> {
  const draw = random(2)
  const [channels, height, width] = network.input
  const data = Float32Array.from({ length: images * channels * height * width }, () => draw.normal())
  return {
    images: { shape: [images, channels, height, width], data },
    labels: Int32Array.from({ length: images }, (_, index) => index % network.classes),
    weights: new Float32Array(images).fill(1 / images),
  }
}
