import type { Pooling, Size } from '../ir.ts'
import { averagePool, averagePoolGradient } from '../onnx/averagePool.ts'
import { maxPool, maxPoolGradient } from '../onnx/maxPool.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import * as tensorflow from '../tensorflow/pool.ts'
import { otherSizes } from '../tensorflow/layout.ts'
import { windows } from '../window.ts'
import type { Rows } from './row.ts'

export const poolingRows: Rows<
  | 'maxPool'
  | 'maxPoolGradient'
  | 'averagePool'
  | 'averagePoolGradient'
  | 'spatialMean'
  | 'spatialMeanGradient'
> = {
  maxPool: {
    shapes: ({ window }, [x]) => [pooled(window, x!.shape)],
    gradient: ({ graph, operation: { window }, inputs: [x], outputs: [y], dy }) => [
      [x, () => graph.node({ op: 'maxPoolGradient', window }, [dy, y!, x!])],
    ],
    onnx: (writer, [x], { window }) => maxPool(writer, window, x!),
    tensorflow: inComputation(({ writer, type }, [x], { operation, operands }) =>
      tensorflow.maxPool(writer, type, operation.window, x!, operands[0]!.shape),
    ),
  },
  maxPoolGradient: {
    shapes: (_, [, , x]) => [x!.shape],
    gradient: null,
    onnx: (writer, [dy, y, x], { window }) => maxPoolGradient(writer, window, dy!, y!, x!),
    tensorflow: inComputation(({ writer, type }, inputs, { operation, shape }) =>
      tensorflow.maxPoolGradient(writer, type, operation.window, inputs, shape),
    ),
  },
  averagePool: {
    shapes: ({ window }, [x]) => [pooled(window, x!.shape)],
    gradient: ({ graph, operation: { window }, inputs: [x], dy }) => [
      [x, () => graph.node({ op: 'averagePoolGradient', window, shape: x!.shape }, [dy])],
    ],
    onnx: (writer, [x], { window }) => averagePool(writer, window, x!),
    tensorflow: inComputation(({ writer, type }, [x], { operation, operands }) =>
      tensorflow.averagePool(writer, type, operation.window, x!, operands[0]!.shape),
    ),
  },
  averagePoolGradient: {
    shapes: ({ shape }) => [shape],
    gradient: null,
    onnx: (writer, [dy], { window, shape }) => averagePoolGradient(writer, window, dy!, shape),
    tensorflow: inComputation(({ writer, type }, [dy], { operation, shape }) =>
      tensorflow.averagePoolGradient(writer, type, operation.window, dy!, shape),
    ),
  },
  spatialMean: {
    shapes: (_, [x]) => [x!.shape.slice(0, 2)],
    gradient: ({ graph, inputs: [x], dy }) => [
      [x, () => graph.node({ op: 'spatialMeanGradient', shape: x!.shape }, [dy])],
    ],
    onnx: (writer, [x]) => writer.node('ReduceMean', [x!.name, writer.integers([2, 3])], { keepdims: 0 }),
    tensorflow: inComputation(({ writer, T }, [x]) =>
      writer.node('Mean', [x!, writer.integers([1, 2])], { ...T, Tidx: { type: 'int32' }, keep_dims: false }),
    ),
  },
  spatialMeanGradient: {
    shapes: ({ shape }) => [shape],
    gradient: null,
    onnx(writer, [dy], { shape }) {
      const [, channels, height, width] = shape as [Size, number, number, number]
      const share = writer.node('Mul', [dy!.name, writer.floats([1 / (height * width)])])
      const cells = writer.node('Reshape', [share, writer.integers([0, channels, 1, 1])])
      return writer.node('Expand', [cells, writer.integers([1, channels, height, width])])
    },
    tensorflow: inComputation(({ writer, type, T }, [dy], { shape }) => {
      const [, channels, height, width] = shape as [Size, number, number, number]
      const factor = writer.cast({ name: writer.float(1 / (height * width)), type: 'float' }, type)
      const cells = writer.integers([-1, 1, 1, channels])
      const share = writer.node('Reshape', [writer.node('Mul', [dy!, factor], T), cells], {
        ...T,
        Tshape: { type: 'int32' },
      })
      const sizes = otherSizes(writer, type, share, [height, width, channels])
      return writer.node('BroadcastTo', [share, sizes], { ...T, Tidx: { type: 'int32' } })
    }),
  },
}

function pooled(window: Pooling, [images, channels, ...sides]: readonly Size[]): readonly Size[] {
  return [images!, channels!, ...sides.map((size) => windows(window, size))]
}
