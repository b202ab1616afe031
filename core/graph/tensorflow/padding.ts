import type { Size } from '../ir.ts'
import type { Pads } from '../window.ts'
import type { Computation, TensorflowWriter } from './writer.ts'

const int32 = { type: 'int32' } as const

/** The image N×H×W×C with rows and columns of `value` around it. */
export function padded(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  [top, left, bottom, right]: Pads,
  value: number,
): string {
  if ([top, left, bottom, right].every((pad) => pad === 0)) return x
  const rows = writer.integers([0, 0, top, bottom, left, right, 0, 0])
  const pairs = writer.node('Reshape', [rows, writer.integers([4, 2])], { T: int32, Tshape: int32 })
  const attributes = { T: { type }, Tpaddings: int32 } as const
  if (value === 0) return writer.node('Pad', [x, pairs], attributes)
  const filling = writer.cast({ name: writer.float(value), type: 'float' }, type)
  return writer.node('PadV2', [x, pairs, filling], attributes)
}

/** Without what was padded: of the shape, N×C×H×W in our graph. */
export function trimmed(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  pads: Pads,
  [, , height, width]: readonly Size[],
): string {
  if (pads.every((pad) => pad === 0)) return x
  const [top, left] = pads
  const begin = writer.integers([0, top, left, 0])
  const size = writer.integers([-1, height as number, width as number, -1])
  return writer.node('Slice', [x, begin, size], { T: { type }, Index: int32 })
}
