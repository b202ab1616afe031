import type { Tensorflow, TensorflowWriter } from './writer.ts'

/** The loss in float, whatever the network computes in. Operands: logits N×K, targets N×K, weights N×1. */
export function softmaxCrossEntropy(writer: TensorflowWriter, operands: readonly Tensorflow[]): Tensorflow {
  const T = { T: { type: 'float' } } as const
  const inputs = operands.map((operand) => writer.cast(operand, 'float'))
  const weights = writer.node('Squeeze', [inputs[2]!], { ...T, squeeze_dims: { ints: [1] } })
  const weighted = writer.node('Mul', [softmax(writer, inputs), weights], T)
  const options = { ...T, Tidx: { type: 'int32' }, keep_dims: false } as const
  return { name: writer.node('Sum', [weighted, writer.integers([0])], options), type: 'float' }
}

export function softmaxCrossEntropyGradient(
  writer: TensorflowWriter,
  operands: readonly Tensorflow[],
): Tensorflow {
  const inputs = operands.map((operand) => writer.cast(operand, 'float'))
  const gradient = writer.node('Mul', [`${softmax(writer, inputs)}:1`, inputs[2]!], {
    T: { type: 'float' },
  })
  return { name: gradient, type: 'float' }
}

/** TensorFlow's node gives the losses N and their gradients N×K. */
function softmax(writer: TensorflowWriter, [logits, targets]: readonly string[]): string {
  return writer.node('SoftmaxCrossEntropyWithLogits', [logits!, targets!], { T: { type: 'float' } })
}
