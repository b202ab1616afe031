import { assertNever } from '../../base/errors.ts'
import type { Node, Operation, Size, Value } from '../ir.ts'
import { batchNorm, batchNormGradient, batchNormTraining, batchNormTrainingGradient } from './batchNorm.ts'
import { conv2d, conv2dInputGradient, conv2dTapGradients, conv2dWeightGradient } from './convolution.ts'
import { lrn, lrnGradient } from './lrn.ts'
import { maxPoolGradient } from './pool.ts'
import type { OnnxWriter, Operand } from './writer.ts'

/** Writes one operation of our vocabulary as ONNX nodes; returns the names of its outputs. */
export function lower(writer: OnnxWriter, node: Node, names: (value: Value) => string): readonly string[] {
  const operands = node.inputs.map((value): Operand => ({ name: names(value), shape: value.shape }))
  const one = lowerSingle(writer, node.operation, operands, node.outputs[0]!.shape)
  return typeof one === 'string' ? [one] : one
}

function lowerSingle(
  writer: OnnxWriter,
  operation: Operation,
  operands: readonly Operand[],
  shape: readonly Size[],
): string | readonly string[] {
  const [x, second, third, fourth, fifth] = operands as [Operand, Operand, Operand, Operand, Operand]
  const inputs = operands.map((operand) => operand.name)
  switch (operation.op) {
    case 'input':
    case 'parameter':
      return operation.name
    case 'conv2d':
      return conv2d(writer, operation.window, x, second, third)
    case 'conv2dInputGradient':
      return conv2dInputGradient(writer, operation.window, x, second, shape)
    case 'conv2dWeightGradient':
      return conv2dWeightGradient(writer, operation.window, x, second, shape)
    case 'conv2dTapGradients':
      return conv2dTapGradients(writer, operation.window, x, second)
    case 'maxPool': {
      const { kernel, stride } = operation.window
      return writer.node('MaxPool', inputs, { kernel_shape: [kernel, kernel], strides: [stride, stride] })
    }
    case 'maxPoolGradient':
      return maxPoolGradient(writer, operation.window, x, second, third)
    case 'relu':
      return writer.node('Relu', inputs)
    case 'reluGradient': {
      // y > 0 as 1: for y ≥ 0 a cast to bool and back is the cheapest mask that ONNX Runtime has.
      const positive = writer.node('Cast', [writer.node('Cast', [second.name], { to: 9 })], { to: 1 })
      return writer.node('Mul', [x.name, positive])
    }
    case 'matmul':
      return writer.node('Gemm', inputs, {
        transA: Number(operation.transposeA),
        transB: Number(operation.transposeB),
      })
    case 'add':
      return writer.node('Add', inputs)
    case 'multiply':
      return writer.node('Mul', inputs)
    case 'scale':
      return writer.node('Mul', [x.name, writer.floats([operation.factor])])
    case 'channelSum':
      return writer.node('ReduceSum', [x.name, writer.integers(otherAxes(x.shape))], { keepdims: 0 })
    case 'concat':
      return writer.node('Concat', inputs, { axis: 1 })
    case 'sliceChannels':
      return writer.node('Slice', [
        x.name,
        writer.integers([operation.start]),
        writer.integers([operation.end]),
        writer.integers([1]),
      ])
    case 'reshape':
      return writer.node('Reshape', [x.name, writer.integers(knownSizes(shape))])
    case 'spatialMean':
      return writer.node('ReduceMean', [x.name, writer.integers([2, 3])], { keepdims: 0 })
    case 'spatialMeanGradient': {
      const [, channels, height, width] = shape as [Size, number, number, number]
      const share = writer.node('Mul', [x.name, writer.floats([1 / (height * width)])])
      const cells = writer.node('Reshape', [share, writer.integers([0, channels, 1, 1])])
      return writer.node('Expand', [cells, writer.integers([1, channels, height, width])])
    }
    case 'localResponseNorm':
      return lrn(writer, operation.constants, x)
    case 'localResponseNormGradient':
      return lrnGradient(writer, operation.constants, x, second, third)
    case 'batchNormTraining':
      return batchNormTraining(writer, operation.epsilon, x, second, third)
    case 'batchNormTrainingGradient':
      return batchNormTrainingGradient(writer, operation.epsilon, x, second, third, fourth, fifth)
    case 'batchNorm':
      return batchNorm(writer, operation.epsilon, inputs)
    case 'batchNormGradient':
      return batchNormGradient(writer, operation.epsilon, x, second, third)
    case 'softmaxCrossEntropy': {
      const logProbability = logSoftmax(writer, x.name)
      const picked = writer.node('Mul', [writer.node('Mul', [logProbability, second.name]), third.name])
      return writer.node('Neg', [writer.node('ReduceSum', [picked], { keepdims: 0 })])
    }
    case 'softmaxCrossEntropyGradient': {
      const probability = writer.node('Softmax', [x.name], { axis: 1 })
      return writer.node('Mul', [writer.node('Sub', [probability, second.name]), third.name])
    }
    default:
      return assertNever(operation)
  }
}

function logSoftmax(writer: OnnxWriter, logits: string): string {
  if (writer.dialect !== 'portable') return writer.node('LogSoftmax', [logits], { axis: 1 })
  const axis = writer.integers([1])
  const shifted = writer.node('Sub', [logits, writer.node('ReduceMax', [logits, axis])])
  const sum = writer.node('ReduceSum', [writer.node('Exp', [shifted]), axis])
  return writer.node('Sub', [shifted, writer.node('Log', [sum])])
}

/** All axes but the second. */
function otherAxes(shape: readonly Size[]): number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== 1)
}

/** A Reshape target: 0 keeps the number of images. */
function knownSizes(shape: readonly Size[]): number[] {
  return shape.map((size) => (typeof size === 'number' ? size : 0))
}
