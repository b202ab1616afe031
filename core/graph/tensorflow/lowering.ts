import type { Operation, Size } from '../ir.ts'
import type { Computation, Tensorflow, TensorflowWriter } from './writer.ts'

/** A value of our graph as a TensorFlow tensor: images lie N×H×W×C, convolution weights kH×kW×I×O. */
export interface Operand extends Tensorflow {
  /** The shape in our graph (N×C×H×W, O×I×kH×kW). */
  readonly shape: readonly Size[]
}

/** Where the tensors come from that a graph doesn't compute. */
export interface Sources {
  readonly input: (name: string) => Tensorflow
  readonly parameter: (name: string) => Tensorflow
}

/** What lowering one node needs. */
export interface Lowering {
  readonly writer: TensorflowWriter
  readonly sources: Sources
  /** The number type of layers; the loss is computed in float. */
  readonly computation: Computation
}

interface Layer {
  readonly writer: TensorflowWriter
  readonly type: Computation
  readonly T: { readonly T: { readonly type: Computation } }
}

interface Details<O extends Operation> {
  readonly operation: O
  readonly operands: readonly Operand[]
  readonly shape: readonly Size[]
}

/**
 * The lowering of an operation that computes in the layers' number type, its inputs converted to it. Sums of losses
 * stay in float; whatever belongs to a layer has images or parameters in it.
 */
export function inComputation<O extends Operation>(
  write: (layer: Layer, inputs: readonly string[], details: Details<O>) => string,
) {
  return (
    { writer, computation }: Lowering,
    operands: readonly Operand[],
    operation: O,
    shape: readonly Size[],
  ): Tensorflow => {
    const type = shape.length === 0 ? 'float' : computation
    const inputs = operands.map((operand) => writer.cast(operand, type))
    return {
      name: write({ writer, type, T: { T: { type } } }, inputs, { operation, operands, shape }),
      type,
    }
  }
}
