import type { Size } from '../ir.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import { likeFirst, type Rows } from './row.ts'

export const elementwiseRows: Rows<
  'relu' | 'reluGradient' | 'sigmoid' | 'sigmoidGradient' | 'add' | 'multiply' | 'scaleChannels' | 'scale'
> = {
  relu: {
    shapes: likeFirst,
    gradient: ({ graph, inputs: [x], outputs: [y], dy }) => [
      [x, () => graph.node({ op: 'reluGradient' }, [dy, y!])],
    ],
    onnx: (writer, [x]) => writer.node('Relu', [x!.name]),
    tensorflow: inComputation(({ writer, T }, inputs) => writer.node('Relu', inputs, T)),
  },
  reluGradient: {
    shapes: likeFirst,
    gradient: null,
    onnx(writer, [dy, y]) {
      // y > 0 as 1: for y ≥ 0 a cast to bool and back is the cheapest mask that ONNX Runtime has.
      const positive = writer.node('Cast', [writer.node('Cast', [y!.name], { to: 9 })], { to: 1 })
      return writer.node('Mul', [dy!.name, positive])
    },
    tensorflow: inComputation(({ writer, T }, inputs) => writer.node('ReluGrad', inputs, T)),
  },
  sigmoid: {
    shapes: likeFirst,
    gradient: ({ graph, inputs: [x], outputs: [y], dy }) => [
      [x, () => graph.node({ op: 'sigmoidGradient' }, [dy, y!])],
    ],
    onnx: (writer, [x]) => writer.node('Sigmoid', [x!.name]),
    tensorflow: inComputation(({ writer, T }, inputs) => writer.node('Sigmoid', inputs, T)),
  },
  sigmoidGradient: {
    shapes: likeFirst,
    gradient: null,
    onnx(writer, [dy, y]) {
      const rest = writer.node('Sub', [writer.floats([1]), y!.name])
      return writer.node('Mul', [dy!.name, writer.node('Mul', [y!.name, rest])])
    },
    tensorflow: inComputation(({ writer, T }, [dy, y]) => writer.node('SigmoidGrad', [y!, dy!], T)),
  },
  add: {
    shapes: likeFirst,
    gradient: ({ inputs: [a, b], dy }) => [
      [a, () => dy],
      [b, () => dy],
    ],
    onnx: (writer, operands) =>
      writer.node(
        'Add',
        operands.map(({ name }) => name),
      ),
    tensorflow: inComputation(({ writer, T }, inputs) => writer.node('AddV2', inputs, T)),
  },
  multiply: {
    shapes: likeFirst,
    gradient: ({ graph, inputs: [a, b], dy }) => [
      [a, () => graph.node({ op: 'multiply' }, [dy, b!])],
      [b, () => graph.node({ op: 'multiply' }, [dy, a!])],
    ],
    onnx: (writer, operands) =>
      writer.node(
        'Mul',
        operands.map(({ name }) => name),
      ),
    tensorflow: inComputation(({ writer, T }, inputs) => writer.node('Mul', inputs, T)),
  },
  scaleChannels: {
    shapes: likeFirst,
    gradient({ graph, inputs: [x, factors], dy }) {
      const [, , height, width] = x!.shape as [Size, Size, number, number]
      return [
        [x, () => graph.node({ op: 'scaleChannels' }, [dy, factors!])],
        [
          factors,
          () => {
            const mean = graph.node({ op: 'spatialMean' }, [graph.node({ op: 'multiply' }, [dy, x!])])
            return graph.node({ op: 'scale', factor: height * width }, [mean])
          },
        ],
      ]
    },
    onnx(writer, [x, factors]) {
      const column = writer.integers([0, factors!.shape[1] as number, 1, 1])
      return writer.node('Mul', [x!.name, writer.node('Reshape', [factors!.name, column])])
    },
    tensorflow: inComputation(({ writer, T }, [x, factors], { shape }) => {
      const row = writer.integers([-1, 1, 1, shape[1] as number])
      const reshaped = writer.node('Reshape', [factors!, row], { ...T, Tshape: { type: 'int32' } })
      return writer.node('Mul', [x!, reshaped], T)
    }),
  },
  scale: {
    shapes: likeFirst,
    gradient: ({ graph, operation, inputs: [x], dy }) => [[x, () => graph.node(operation, [dy])]],
    onnx: (writer, [x], { factor }) => writer.node('Mul', [x!.name, writer.floats([factor])]),
    tensorflow: inComputation(({ writer, type, T }, [x], { operation }) => {
      const factor = writer.cast({ name: writer.float(operation.factor), type: 'float' }, type)
      return writer.node('Mul', [x!, factor], T)
    }),
  },
}
