import { transposed } from './layout.ts'
import type { Endpoint } from './schema.ts'
import { placeholder } from './variables.ts'
import type { Computation, Tensorflow, TensorflowWriter } from './writer.ts'

/** The input for images N×C×H×W, and the images as the graph computes with them. */
export function images(
  writer: TensorflowWriter,
  name: string,
  shape: readonly number[],
  computation: Computation,
): { readonly endpoint: Endpoint; readonly tensor: Tensorflow } {
  const endpoint = placeholder(writer, name, shape)
  // Converted first: half the memory to move about.
  const converted = writer.cast({ name: endpoint.tensor, type: 'float' }, computation)
  return {
    endpoint,
    tensor: { name: transposed(writer, computation, converted, 'images', 'inward'), type: computation },
  }
}
