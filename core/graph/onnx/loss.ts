import type { OnnxWriter, Operand } from './writer.ts'

/** Σᵢ weightᵢ · −Σₖ targetᵢₖ · log softmax(logitsᵢ)ₖ */
export function softmaxCrossEntropy(
  writer: OnnxWriter,
  logits: Operand,
  targets: Operand,
  weights: Operand,
): string {
  const logProbability = logSoftmax(writer, logits.name)
  const picked = writer.node('Mul', [writer.node('Mul', [logProbability, targets.name]), weights.name])
  return writer.node('Neg', [writer.node('ReduceSum', [picked], { keepdims: 0 })])
}

export function softmaxCrossEntropyGradient(
  writer: OnnxWriter,
  logits: Operand,
  targets: Operand,
  weights: Operand,
): string {
  const probability = writer.node('Softmax', [logits.name], { axis: 1 })
  return writer.node('Mul', [writer.node('Sub', [probability, targets.name]), weights.name])
}

function logSoftmax(writer: OnnxWriter, logits: string): string {
  if (writer.dialect !== 'portable') return writer.node('LogSoftmax', [logits], { axis: 1 })
  const axis = writer.integers([1])
  const shifted = writer.node('Sub', [logits, writer.node('ReduceMax', [logits, axis])])
  const sum = writer.node('ReduceSum', [writer.node('Exp', [shifted]), axis])
  return writer.node('Sub', [shifted, writer.node('Log', [sum])])
}
