import { StudioError } from '../../base/errors.ts'
import type { Window } from '../ir.ts'
import type { Operand } from './lower.ts'
import type { OnnxWriter } from './writer.ts'

/**
 * Sends dy to the first maximum of each window. MaxUnpool writes each value to the place that MaxPool's indices name,
 * which is the gradient as long as windows do not overlap.
 */
export function maxPoolGradient(
  writer: OnnxWriter,
  { kernel, stride }: Window,
  dy: Operand,
  y: Operand,
  x: Operand,
): string {
  void y
  if (kernel > stride) {
    throw new StudioError(
      'unsupported-layer',
      `Overlapping ${kernel}×${kernel}/${stride} pooling cannot train yet.`,
    )
  }
  const window = { kernel_shape: [kernel, kernel], strides: [stride, stride] }
  const [, indices] = writer.multiple('MaxPool', [x.name], 2, window)
  return writer.node('MaxUnpool', [dy.name, indices!, writer.node('Shape', [x.name])], window)
}
