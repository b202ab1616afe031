import type { Convolution, Size, Value } from '../ir.ts'
import { conv2d, conv2dInputGradient, conv2dTapGradients, conv2dWeightGradient } from '../onnx/convolution.ts'
import * as tensorflow from '../tensorflow/convolution.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import { windows } from '../window.ts'
import type { Rows } from './row.ts'

export const convolutionRows: Rows<
  'conv2d' | 'conv2dInputGradient' | 'conv2dWeightGradient' | 'conv2dTapGradients'
> = {
  conv2d: {
    shapes({ convolution }, [x, weight]) {
      const [images, , ...sides] = x!.shape
      const { dilation = 1 } = convolution
      const kernel = (convolution.kernel - 1) * dilation + 1
      return [
        [
          images!,
          weight!.shape[0]!,
          ...sides.map((size) => windows({ ...convolution, kernel, ceilMode: false }, size)),
        ],
      ]
    },
    gradient({ graph, operation: { convolution }, inputs: [x, weight, bias], dy }) {
      const { shape } = x!
      return [
        [weight, () => graph.node({ op: 'conv2dWeightGradient', convolution }, [dy, x!])],
        [bias, () => graph.node({ op: 'channelSum' }, [dy])],
        [x, () => graph.node({ op: 'conv2dInputGradient', convolution, shape }, [dy, weight!])],
      ]
    },
    onnx: (writer, [x, weight, bias], { convolution }) => conv2d(writer, convolution, x!, weight!, bias),
    tensorflow: inComputation(({ writer, type }, inputs, { operation }) =>
      tensorflow.conv2d(writer, type, operation.convolution, inputs),
    ),
  },
  conv2dInputGradient: {
    shapes: ({ shape }) => [shape],
    gradient: null,
    onnx: (writer, [dy, weight], { convolution, shape }) =>
      conv2dInputGradient(writer, convolution, dy!, weight!, shape),
    tensorflow: inComputation(({ writer, type }, inputs, { operation }) =>
      tensorflow.conv2dInputGradient(writer, type, operation, inputs),
    ),
  },
  conv2dWeightGradient: {
    shapes: ({ convolution }, inputs) => [weightShape(convolution, inputs)],
    gradient: null,
    onnx: (writer, [dy, x], { convolution }, shape) =>
      conv2dWeightGradient(writer, convolution, dy!, x!, shape),
    tensorflow: inComputation(({ writer, type }, inputs, { operation, shape }) =>
      tensorflow.conv2dWeightGradient(writer, type, operation.convolution, inputs, shape),
    ),
  },
  conv2dTapGradients: {
    shapes({ convolution }, inputs) {
      const [outputs, channels] = weightShape(convolution, inputs) as [Size, Size]
      return [[convolution.kernel ** 2, outputs, channels]]
    },
    gradient: null,
    onnx: (writer, [dy, x], { convolution }) => conv2dTapGradients(writer, convolution, dy!, x!),
    tensorflow: inComputation(({ writer, type }, inputs, { operation, shape }) =>
      tensorflow.conv2dTapGradients(writer, type, operation.convolution, inputs, shape),
    ),
  },
}

/** O×(I/groups)×k×k, by the gradient of the output and the input. */
function weightShape({ kernel, groups }: Convolution, [dy, x]: readonly Value[]): readonly Size[] {
  return [dy!.shape[1]!, (x!.shape[1] as number) / groups, kernel, kernel]
}
