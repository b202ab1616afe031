import { assertNever } from '../../base/errors.ts'
import type { Node, Operation, Size, Value } from '../ir.ts'
import { batchNorm, batchNormGradient, batchNormTraining, batchNormTrainingGradient } from './batchNorm.ts'
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from './convolution.ts'
import { flattened, otherSizes, unflattened } from './layout.ts'
import { lrn, lrnGradient } from './lrn.ts'
import { maxPool, maxPoolGradient } from './pool.ts'
import type { Computation, Tensorflow, TensorflowWriter } from './writer.ts'

/** A value of our graph as a TensorFlow tensor: images lie N×H×W×C, convolution weights kH×kW×I×O. */
export interface Operand extends Tensorflow {
  /** The shape in our graph (N×C×H×W, O×I×kH×kW). */
  readonly shape: readonly Size[]
}

/** Where the tensors come from that a graph doesn't compute. */
export interface Sources {
  readonly input: (name: string) => Tensorflow
  readonly parameter: (name: string) => Tensorflow
}

/** What lowering one node needs. */
export interface Lowering {
  readonly writer: TensorflowWriter
  readonly sources: Sources
  readonly computation: Computation
}

/**
 * Writes one operation of our vocabulary as TensorFlow nodes; returns its outputs. Layers compute in `computation`,
 * the loss in float.
 */
export function lower(
  lowering: Lowering,
  node: Node,
  operandOf: (value: Value) => Operand,
): readonly Operand[] {
  const { computation, sources, writer } = lowering
  const { operation, outputs } = node
  const operands = node.inputs.map(operandOf)
  const [{ shape }] = outputs as readonly [Value]
  const finished = (tensors: readonly Tensorflow[]): readonly Operand[] =>
    outputs.map((output, index) => ({ ...tensors[index]!, shape: output.shape }))

  switch (operation.op) {
    case 'input':
      return finished([sources.input(operation.name)])
    case 'parameter':
      return finished([sources.parameter(operation.name)])
    case 'softmaxCrossEntropy':
    case 'softmaxCrossEntropyGradient': {
      const inputs = operands.map((operand) => writer.cast(operand, 'float'))
      const name =
        operation.op === 'softmaxCrossEntropy' ? loss(writer, inputs) : lossGradient(writer, inputs)
      return finished([{ name, type: 'float' }])
    }
    case 'batchNormTraining':
      return finished(batchNormTraining(lowering, operation.epsilon, operands))
    case 'batchNormTrainingGradient':
      return finished(batchNormTrainingGradient(lowering, operation.epsilon, operands))
    case 'batchNorm':
      return finished([batchNorm(lowering, operation.epsilon, operands)])
    case 'batchNormGradient':
      return finished([batchNormGradient(lowering, operation.epsilon, operands)])
    default: {
      // The sum of losses stays in float; whatever belongs to a layer has images or parameters in it.
      const type = shape.length === 0 ? 'float' : computation
      const inputs = operands.map((operand) => writer.cast(operand, type))
      return finished([{ name: lowerLayer(writer, type, operation, inputs, operands, shape), type }])
    }
  }
}

type LayerOperation = Exclude<
  Operation,
  {
    op:
      | 'input'
      | 'parameter'
      | 'softmaxCrossEntropy'
      | 'softmaxCrossEntropyGradient'
      | 'batchNorm'
      | 'batchNormGradient'
      | 'batchNormTraining'
      | 'batchNormTrainingGradient'
  }
>

/** @param inputs the operands' names, after the conversion to `type` */
function lowerLayer(
  writer: TensorflowWriter,
  type: Computation,
  operation: LayerOperation,
  inputs: readonly string[],
  operands: readonly Operand[],
  shape: readonly Size[],
): string {
  const T = { T: { type } } as const
  const [x, second] = inputs as [string, string, string]
  switch (operation.op) {
    case 'conv2d':
      return conv2d(writer, type, operation.window, inputs)
    case 'conv2dInputGradient':
      return conv2dInputGradient(writer, type, operation.window, inputs, shape)
    case 'conv2dWeightGradient':
      return conv2dWeightGradient(writer, type, operation.window, inputs, shape)
    case 'conv2dTapGradients':
      throw new Error('TensorFlow computes the gradient of all taps at once.')
    case 'maxPool':
      return maxPool(writer, type, operation.window, x)
    case 'maxPoolGradient':
      return maxPoolGradient(writer, type, operation.window, inputs)
    case 'relu':
      return writer.node('Relu', [x], T)
    case 'reluGradient':
      return writer.node('ReluGrad', [x, second], T)
    case 'matmul':
      return matmul(writer, type, operation, inputs)
    case 'add':
      return writer.node('AddV2', inputs, T)
    case 'multiply':
      return writer.node('Mul', inputs, T)
    case 'scale':
      return writer.node(
        'Mul',
        [x, writer.cast({ name: writer.float(operation.factor), type: 'float' }, type)],
        T,
      )
    case 'channelSum':
      return writer.node('BiasAddGrad', [x], { ...T, data_format: 'NHWC' })
    case 'concat':
      return writer.node('ConcatV2', [...inputs, writer.integer(shape.length - 1)], {
        ...T,
        Tidx: { type: 'int32' },
        N: { int: inputs.length },
      })
    case 'sliceChannels': {
      const others = shape.slice(1).map(() => 0)
      const sizes = shape.slice(1).map(() => -1)
      const begin = writer.integers([...others, operation.start])
      const size = writer.integers([...sizes, operation.end - operation.start])
      return writer.node('Slice', [x, begin, size], { ...T, Index: { type: 'int32' } })
    }
    case 'reshape':
      return operands[0]!.shape.length === 4
        ? flattened(writer, type, x, shape)
        : unflattened(writer, type, x, shape)
    case 'spatialMean':
      return writer.node('Mean', [x, writer.integers([1, 2])], {
        ...T,
        Tidx: { type: 'int32' },
        keep_dims: false,
      })
    case 'spatialMeanGradient': {
      const [, channels, height, width] = shape as [Size, number, number, number]
      const factor = writer.cast({ name: writer.float(1 / (height * width)), type: 'float' }, type)
      const cells = writer.integers([-1, 1, 1, channels])
      const share = writer.node('Reshape', [writer.node('Mul', [x, factor], T), cells], {
        ...T,
        Tshape: { type: 'int32' },
      })
      const sizes = otherSizes(writer, type, share, [height, width, channels])
      return writer.node('BroadcastTo', [share, sizes], { ...T, Tidx: { type: 'int32' } })
    }
    case 'localResponseNorm':
      return lrn(writer, type, operation.constants, x)
    case 'localResponseNormGradient':
      return lrnGradient(writer, type, operation.constants, inputs)
    default:
      return assertNever(operation)
  }
}

function matmul(
  writer: TensorflowWriter,
  type: Computation,
  { transposeA, transposeB }: { readonly transposeA: boolean; readonly transposeB: boolean },
  [a, b, bias]: readonly string[],
): string {
  const attributes = { T: { type }, transpose_a: transposeA, transpose_b: transposeB }
  const product = writer.node('MatMul', [a!, b!], attributes)
  return bias === undefined
    ? product
    : writer.node('BiasAdd', [product, bias], { T: { type }, data_format: 'NHWC' })
}

/** Of [logits N×K, targets N×K, weights N×1]; TensorFlow's node gives the losses N and their gradients N×K. */
function softmax(writer: TensorflowWriter, [logits, targets]: readonly string[]): string {
  return writer.node('SoftmaxCrossEntropyWithLogits', [logits!, targets!], { T: { type: 'float' } })
}

function loss(writer: TensorflowWriter, inputs: readonly string[]): string {
  const T = { T: { type: 'float' } } as const
  const weights = writer.node('Squeeze', [inputs[2]!], { ...T, squeeze_dims: { ints: [1] } })
  const weighted = writer.node('Mul', [softmax(writer, inputs), weights], T)
  return writer.node('Sum', [weighted, writer.integers([0])], {
    ...T,
    Tidx: { type: 'int32' },
    keep_dims: false,
  })
}

function lossGradient(writer: TensorflowWriter, inputs: readonly string[]): string {
  return writer.node('Mul', [`${softmax(writer, inputs)}:1`, inputs[2]!], { T: { type: 'float' } })
}
