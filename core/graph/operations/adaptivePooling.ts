import { adaptiveParts } from '../../network/window.ts'
import type { Size } from '../ir.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import { otherSizes } from '../tensorflow/layout.ts'
import type { Computation, TensorflowWriter } from '../tensorflow/writer.ts'
import type { Rows } from './row.ts'

/** Parts of different size have no window: each place is the product of the map with a row of shares. */
export const adaptivePoolingRows: Rows<'adaptiveAveragePool' | 'adaptiveAveragePoolGradient'> = {
  adaptiveAveragePool: {
    shapes({ side }, [x]) {
      const [images, channels] = x!.shape
      return [[images!, channels!, side, side]]
    },
    gradient: ({ graph, operation: { side }, inputs: [x], dy }) => [
      [x, () => graph.node({ op: 'adaptiveAveragePoolGradient', side, shape: x!.shape }, [dy])],
    ],
    onnx(writer, [x], { side }) {
      const { cells, channels, shares } = sharesOf(x!.shape, side)
      const maps = writer.node('Reshape', [x!.name, writer.integers([0, channels, cells])])
      const means = writer.node('MatMul', [
        maps,
        writer.floats(transposed(shares).flat(), [cells, side ** 2]),
      ])
      return writer.node('Reshape', [means, writer.integers([0, channels, side, side])])
    },
    tensorflow: inComputation(({ writer, type }, [x], { operation: { side }, operands }) => {
      const { channels, shares } = sharesOf(operands[0]!.shape, side)
      return mixed(writer, type, x!, { channels, matrix: shares, sides: [side, side] })
    }),
  },
  adaptiveAveragePoolGradient: {
    shapes: ({ shape }) => [shape],
    gradient: null,
    onnx(writer, [dy], { side, shape }) {
      const { cells, channels, height, width, shares } = sharesOf(shape, side)
      const means = writer.node('Reshape', [dy!.name, writer.integers([0, channels, side ** 2])])
      const maps = writer.node('MatMul', [means, writer.floats(shares.flat(), [side ** 2, cells])])
      return writer.node('Reshape', [maps, writer.integers([0, channels, height, width])])
    },
    tensorflow: inComputation(({ writer, type }, [dy], { operation: { side }, shape }) => {
      const { channels, height, width, shares } = sharesOf(shape, side)
      return mixed(writer, type, dy!, { channels, matrix: transposed(shares), sides: [height, width] })
    }),
  },
}

type Matrix = readonly (readonly number[])[]

/** What a map is to each place of its means: side² rows of height·width shares. */
function sharesOf(shape: readonly Size[], side: number) {
  const [, channels, height, width] = shape as [Size, number, number, number]
  const along = (size: number): Matrix =>
    adaptiveParts(size, side).map(({ start, end }) =>
      Array.from({ length: size }, (_, at) => (at >= start && at < end ? 1 / (end - start) : 0)),
    )
  const shares = along(height).flatMap((rows) =>
    along(width).map((columns) => rows.flatMap((row) => columns.map((column) => row * column))),
  )
  return { cells: height * width, channels, height, width, shares }
}

const transposed = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!))

/** Each channel of a map, N×H×W×C, times a matrix: N×height×width×C. */
function mixed(
  writer: TensorflowWriter,
  type: Computation,
  x: string,
  {
    channels,
    matrix,
    sides: [height, width],
  }: { readonly channels: number; readonly matrix: Matrix; readonly sides: readonly [number, number] },
): string {
  const [T, Tshape] = [{ type }, { type: 'int32' }] as const
  const shape = [1, matrix.length, matrix[0]!.length]
  const content = new Uint8Array(Float32Array.from(matrix.flat()).buffer)
  const constant = writer.node('Const', [], {
    dtype: { type: 'float' },
    value: { tensor: { type: 'float', shape, content } },
  })
  const left = writer.cast({ name: constant, type: 'float' }, type)
  const cells = writer.node('Reshape', [x, writer.integers([-1, shape[2]!, channels])], { T, Tshape })
  const product = writer.node('BatchMatMulV2', [left, cells], { T, adj_x: false, adj_y: false })
  return writer.node('Reshape', [product, otherSizes(writer, type, product, [height, width, channels])], {
    T,
    Tshape,
  })
}
