import * as onnx from '../onnx/batchNorm.ts'
import { lrn, lrnGradient } from '../onnx/lrn.ts'
import * as tensorflow from '../tensorflow/batchNorm.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import * as tensorflowLrn from '../tensorflow/lrn.ts'
import { likeFirst, type Rows } from './row.ts'

export const normalizationRows: Rows<
  | 'localResponseNorm'
  | 'localResponseNormGradient'
  | 'batchNormTraining'
  | 'batchNormTrainingGradient'
  | 'batchNorm'
  | 'batchNormGradient'
> = {
  localResponseNorm: {
    shapes: likeFirst,
    gradient({ graph, operation: { constants }, inputs: [x], outputs: [y], dy }) {
      return [[x, () => graph.node({ op: 'localResponseNormGradient', constants }, [dy, y!, x!])]]
    },
    onnx: (writer, [x], { constants }) => lrn(writer, constants, x!),
    tensorflow: inComputation(({ writer, type }, [x], { operation }) =>
      tensorflowLrn.lrn(writer, type, operation.constants, x!),
    ),
  },
  localResponseNormGradient: {
    shapes: likeFirst,
    gradient: null,
    onnx: (writer, [dy, y, x], { constants }) => lrnGradient(writer, constants, dy!, y!, x!),
    tensorflow: inComputation(({ writer, type }, inputs, { operation }) =>
      tensorflowLrn.lrnGradient(writer, type, operation.constants, inputs),
    ),
  },
  batchNormTraining: {
    shapes: (_, [x, scale]) => [x!.shape, scale!.shape, scale!.shape],
    gradient({ graph, operation: { epsilon }, inputs: [x, scale, shift], outputs: [, mean, variance], dy }) {
      const inputs = [dy, x!, scale!, mean!, variance!]
      const [dx, dscale, dshift] = graph.outputs({ op: 'batchNormTrainingGradient', epsilon }, inputs)
      return [
        [x, () => dx!],
        [scale, () => dscale!],
        [shift, () => dshift!],
      ]
    },
    onnx: (writer, [x, scale, shift], { epsilon }) =>
      onnx.batchNormTraining(writer, epsilon, x!, scale!, shift!),
    tensorflow: (lowering, operands, { epsilon }) =>
      tensorflow.batchNormTraining(lowering, epsilon, operands),
  },
  batchNormTrainingGradient: {
    shapes: (_, [, x, scale]) => [x!.shape, scale!.shape, scale!.shape],
    gradient: null,
    onnx: (writer, [dy, x, scale, mean, variance], { epsilon }) =>
      onnx.batchNormTrainingGradient(writer, epsilon, dy!, x!, scale!, mean!, variance!),
    tensorflow: (lowering, operands, { epsilon }) =>
      tensorflow.batchNormTrainingGradient(lowering, epsilon, operands),
  },
  batchNorm: {
    shapes: likeFirst,
    // Its own parameters are frozen wherever running statistics are used while training.
    gradient({ graph, operation: { epsilon }, inputs: [x, scale, , , variance], dy }) {
      return [[x, () => graph.node({ op: 'batchNormGradient', epsilon }, [dy, scale!, variance!])]]
    },
    onnx: (writer, operands, { epsilon }) =>
      onnx.batchNorm(
        writer,
        epsilon,
        operands.map(({ name }) => name),
      ),
    tensorflow: (lowering, operands, { epsilon }) => tensorflow.batchNorm(lowering, epsilon, operands),
  },
  batchNormGradient: {
    shapes: likeFirst,
    gradient: null,
    onnx: (writer, [dy, scale, variance], { epsilon }) =>
      onnx.batchNormGradient(writer, epsilon, dy!, scale!, variance!),
    tensorflow: (lowering, operands, { epsilon }) =>
      tensorflow.batchNormGradient(lowering, epsilon, operands),
  },
}
