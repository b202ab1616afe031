import type { Window } from '../ir.ts'
import type { Attributes, Computation, TensorflowWriter } from './writer.ts'

export function maxPool(writer: TensorflowWriter, type: Computation, window: Window, x: string): string {
  return writer.node('MaxPool', [x], attributesOf(type, window))
}

/** dx of [dy, y, x] */
export function maxPoolGradient(
  writer: TensorflowWriter,
  type: Computation,
  window: Window,
  [dy, y, x]: readonly string[],
): string {
  return writer.node('MaxPoolGrad', [x!, y!, dy!], attributesOf(type, window))
}

function attributesOf(type: Computation, { kernel, stride }: Window): Attributes {
  return {
    T: { type },
    ksize: { ints: [1, kernel, kernel, 1] },
    strides: { ints: [1, stride, stride, 1] },
    padding: 'VALID',
    explicit_paddings: { ints: [] },
    data_format: 'NHWC',
  }
}
