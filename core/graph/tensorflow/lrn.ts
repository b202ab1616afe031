import type { LrnConstants } from '../ir.ts'
import type { Attributes, Computation, TensorflowWriter } from './writer.ts'

/** TensorFlow's own: its α multiplies the window's sum as ours does. In float: it has no kernel for bfloat16. */
export function lrn(writer: TensorflowWriter, type: Computation, constants: LrnConstants, x: string): string {
  const y = writer.node('LRN', [writer.cast({ name: x, type }, 'float')], attributesOf(constants))
  return writer.cast({ name: y, type: 'float' }, type)
}

/** dx of [dy, y, x] */
export function lrnGradient(
  writer: TensorflowWriter,
  type: Computation,
  constants: LrnConstants,
  inputs: readonly string[],
): string {
  const [dy, y, x] = inputs.map((name) => writer.cast({ name, type }, 'float'))
  const dx = writer.node('LRNGrad', [dy!, x!, y!], attributesOf(constants))
  return writer.cast({ name: dx, type: 'float' }, type)
}

function attributesOf({ size, alpha, beta, k }: LrnConstants): Attributes {
  return {
    T: { type: 'float' },
    depth_radius: { int: (size - 1) / 2 },
    bias: { float: k },
    alpha: { float: alpha },
    beta: { float: beta },
  }
}
