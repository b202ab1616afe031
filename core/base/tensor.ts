/** A dense array of 32-bit floats, last dimension fastest. `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Tensors by canonical (PyTorch) name, in the order in which the network names them. */
export type Tensors = ReadonlyMap<string, Tensor>

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function zeros(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(elementCount(shape)) }
}
