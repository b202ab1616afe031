import type { Size } from '../ir.ts'
import { flattened, unflattened } from '../tensorflow/layout.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import type { Rows } from './row.ts'

export const rearrangementRows: Rows<'concat' | 'sliceChannels' | 'reshape'> = {
  concat: {
    shapes(_, inputs) {
      const [images, , ...sides] = inputs[0]!.shape
      const channels = inputs.reduce((sum, { shape }) => sum + (shape[1] as number), 0)
      return [[images!, channels, ...sides]]
    },
    gradient({ graph, inputs, dy }) {
      const ends: number[] = []
      for (const { shape } of inputs) ends.push((ends.at(-1) ?? 0) + (shape[1] as number))
      return inputs.map((input, index) => {
        const range = { op: 'sliceChannels', start: ends[index - 1] ?? 0, end: ends[index]! } as const
        return [input, () => graph.node(range, [dy])] as const
      })
    },
    onnx: (writer, operands) =>
      writer.node(
        'Concat',
        operands.map(({ name }) => name),
        { axis: 1 },
      ),
    tensorflow: inComputation(({ writer, T }, inputs, { shape }) =>
      writer.node('ConcatV2', [...inputs, writer.integer(shape.length - 1)], {
        ...T,
        Tidx: { type: 'int32' },
        N: { int: inputs.length },
      }),
    ),
  },
  sliceChannels: {
    shapes({ start, end }, [x]) {
      const [images, , ...sides] = x!.shape
      return [[images!, end - start, ...sides]]
    },
    gradient: null,
    onnx: (writer, [x], { start, end }) =>
      writer.node('Slice', [x!.name, ...[[start], [end], [1]].map(writer.integers)]),
    tensorflow: inComputation(({ writer, T }, [x], { operation: { start, end }, shape }) => {
      const others = shape.slice(1).map(() => 0)
      const sizes = shape.slice(1).map(() => -1)
      const [begin, size] = [writer.integers([...others, start]), writer.integers([...sizes, end - start])]
      return writer.node('Slice', [x!, begin, size], { ...T, Index: { type: 'int32' } })
    }),
  },
  reshape: {
    shapes: ({ shape }) => [shape],
    gradient: ({ graph, inputs: [x], dy }) => [
      [x, () => graph.node({ op: 'reshape', shape: x!.shape }, [dy])],
    ],
    onnx: (writer, [x], { shape }) => writer.node('Reshape', [x!.name, writer.integers(knownSizes(shape))]),
    tensorflow: inComputation(({ writer, type }, [x], { operands, shape }) =>
      operands[0]!.shape.length === 4
        ? flattened(writer, type, x!, shape)
        : unflattened(writer, type, x!, shape),
    ),
  },
}

/** A Reshape target: 0 keeps the number of images. */
function knownSizes(shape: readonly Size[]): number[] {
  return shape.map((size) => (typeof size === 'number' ? size : 0))
}
