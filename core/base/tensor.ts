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

/** A view on the same memory, not a copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Rows of a matrix, copied in the order of their indices. @param size of a row */
export function gatherRows(data: Float32Array, indices: readonly number[], size: number): Float32Array {
  const result = new Float32Array(indices.length * size)
  indices.forEach((index, place) => result.set(data.subarray(index * size, (index + 1) * size), place * size))
  return result
}

/** Gives back the memory of tensors that nobody needs any more: now, not when the garbage collector gets to it. */
export function release(tensors: Tensors): void {
  for (const { data } of tensors.values()) if (data.buffer instanceof ArrayBuffer) data.buffer.transfer(0)
}

export function zeros(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(elementCount(shape)) }
}
