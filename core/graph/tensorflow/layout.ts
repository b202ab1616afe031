import type { Tensor } from '../../base/tensor.ts'
import type { Size } from '../ir.ts'
import type { Computation, TensorflowWriter } from './writer.ts'

/**
 * Images lie N×H×W×C in TensorFlow, convolution weights kH×kW×I×O: the layouts for which its kernels are written.
 * Outside they are N×C×H×W and O×I×kH×kW, as in PyTorch; linear weights are out×in everywhere.
 */
const permutations = {
  images: { inward: [0, 2, 3, 1], outward: [0, 3, 1, 2] },
  weights: { inward: [2, 3, 1, 0], outward: [3, 2, 0, 1] },
} as const

export function transposed(
  writer: TensorflowWriter,
  type: Computation,
  name: string,
  what: keyof typeof permutations,
  direction: 'inward' | 'outward',
): string {
  const axes = writer.integers(permutations[what][direction])
  return writer.node('Transpose', [name, axes], { T: { type }, Tperm: { type: 'int32' } })
}

/** A parameter's shape as its variable has it. */
export function variableShape(shape: readonly number[]): readonly number[] {
  return shape.length === 4 ? permutations.weights.inward.map((axis) => shape[axis]!) : shape
}

/** N×H×W×C → N×F in the order C, H, W. */
export function flattened(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  shape: readonly Size[],
): string {
  return reshaped(writer, type, transposed(writer, type, x, 'images', 'outward'), shape)
}

/** N×F in the order C, H, W → N×H×W×C. */
export function unflattened(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  shape: readonly Size[],
): string {
  const image = reshaped(writer, type, x, shape)
  return shape.length === 4 ? transposed(writer, type, image, 'images', 'inward') : image
}

function reshaped(writer: TensorflowWriter, type: Computation, x: string, shape: readonly Size[]): string {
  const sizes = shape.map((size) => (typeof size === 'number' ? size : -1))
  return writer.node('Reshape', [x, writer.integers(sizes)], { T: { type }, Tshape: { type: 'int32' } })
}

/** A shape known at run time: as many images as `x` has, the other sizes as given. */
export function otherSizes(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  sizes: readonly number[],
): string {
  const int32 = { type: 'int32' } as const
  const shape = writer.node('Shape', [x], { T: { type }, out_type: int32 })
  const begin = writer.integers([0])
  const count = writer.node('Slice', [shape, begin, writer.integers([1])], { T: int32, Index: int32 })
  const parts = [count, writer.integers(sizes), writer.integer(0)]
  return writer.node('ConcatV2', parts, { T: int32, Tidx: int32, N: { int: 2 } })
}

/** A parameter's values as its variable has them. */
export function variableValues({ shape, data }: Tensor): Float32Array {
  if (shape.length !== 4) return data
  const [outputs, inputs, height, width] = shape as readonly [number, number, number, number]
  const taps = height * width
  const values = new Float32Array(data.length)
  for (let output = 0, from = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++)
      for (let tap = 0; tap < taps; tap++) values[(tap * inputs + input) * outputs + output] = data[from++]!
  return values
}
