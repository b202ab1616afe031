import type { Builder, OperationName, OperationOf, Size, Value } from '../ir.ts'
import type { Operand as OnnxOperand, OnnxWriter } from '../onnx/writer.ts'
import type { Lowering, Operand as TensorflowOperand } from '../tensorflow/lowering.ts'
import type { Tensorflow } from '../tensorflow/writer.ts'

/** What there is to know of one operation. */
export interface Row<Name extends OperationName> {
  /** Shapes of its outputs. */
  readonly shapes: (operation: OperationOf<Name>, inputs: readonly Value[]) => readonly (readonly Size[])[]
  /** Null: it is not differentiated further. */
  readonly gradient: Gradient<Name> | null
  /** Writes it as ONNX nodes; returns the names of its outputs. */
  readonly onnx: (
    writer: OnnxWriter,
    operands: readonly OnnxOperand[],
    operation: OperationOf<Name>,
    shape: readonly Size[],
  ) => string | readonly string[]
  /** Writes it as TensorFlow nodes; returns its outputs. */
  readonly tensorflow: (
    lowering: Lowering,
    operands: readonly TensorflowOperand[],
    operation: OperationOf<Name>,
    shape: readonly Size[],
  ) => Tensorflow | readonly Tensorflow[]
}

/** A part of the table. */
export type Rows<Names extends OperationName> = { readonly [Name in Names]: Row<Name> }

/**
 * What builds the gradient of each input that has one, in the order in which they are built. Only those are built that
 * something needs.
 */
export type Gradient<Name extends OperationName> = (
  at: PullBack<Name>,
) => readonly (readonly [input: Value | undefined, build: () => Value])[]

export interface PullBack<Name extends OperationName> {
  readonly graph: Builder
  readonly operation: OperationOf<Name>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  /** Gradient of the loss with respect to the first output. */
  readonly dy: Value
}

/** Its only output is like its first input. */
export const likeFirst = (_: unknown, [first]: readonly Value[]): readonly (readonly Size[])[] => [
  first!.shape,
]

/** Nothing in it depends on anything. */
export const noGradient = (): readonly [] => []
