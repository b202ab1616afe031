import { readFileSync } from 'node:fs'
import { elementCount, type Tensor, type Tensors } from '../../core/base/tensor.ts'
import type { Network } from '../../core/network/types.ts'
import { noise, shrunkNetworks, startOf } from './architectures.ts'

/** What PyTorch says of the inside of networks (test/reference/insides.py). */
interface Reference {
  readonly activations: Readonly<Record<string, readonly [norm: number, ...products: number[]]>>
  /** torchvision’s grid of the first layer’s filters, three in a row, a pixel between them: channels × height × width. */
  readonly filters: {
    readonly shape: readonly [number, number, number]
    readonly each: readonly number[]
    readonly all: readonly number[]
  }
  /** Maps of class 2 before their ReLU, by layer. */
  readonly gradCam: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >
}

export const insideReferences = JSON.parse(
  readFileSync(new URL('../fixtures/insides.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Reference>>

/** The network of a reference, with weights, running statistics and an image that both sides make from noise. */
export function insideOf(name: string): {
  readonly network: Network
  readonly weights: Tensors
  readonly image: Tensor
} {
  const network = shrunkNetworks()[name]!
  const weights = new Map(startOf(network).weights)
  const drawn = (key: string, of: (value: number) => number): void => {
    const { shape } = weights.get(key)!
    weights.set(key, { shape, data: Float32Array.from(noise(key, elementCount(shape)), of) })
  }
  for (const key of weights.keys()) {
    if (key.endsWith('.running_mean')) drawn(key, (value) => 0.1 * value)
    if (key.endsWith('.running_var')) drawn(key, (value) => 1 + 0.3 * value)
  }
  const shape = [1, ...network.input]
  const image = {
    shape,
    data: Float32Array.from(noise('images', elementCount(shape)), (value) => 2 * value),
  }
  return { network, weights, image }
}
