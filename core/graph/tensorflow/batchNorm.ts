import type { Lowering, Operand } from './lowering.ts'
import type { Attributes, Tensorflow, TensorflowWriter } from './writer.ts'

/**
 * Ioffe & Szegedy 2015, Algorithm 1, of [x, scale, shift] → [y, mean, variance]. The variance that leaves is the
 * unbiased one: TensorFlow makes it for the running statistics, and keeps what the gradient needs in outputs 3 to 5.
 */
export function batchNormTraining(
  { writer, computation }: Lowering,
  epsilon: number,
  [x, scale, shift]: readonly Operand[],
): readonly Tensorflow[] {
  const none = emptyStatistics(writer)
  const inputs = [writer.cast(x!, computation), floats(writer, scale!), floats(writer, shift!), none, none]
  const node = writer.node('FusedBatchNormV3', inputs, attributesOf(computation, epsilon, true))
  return [
    { name: node, type: computation },
    { name: `${node}:1`, type: 'float' },
    { name: `${node}:2`, type: 'float' },
  ]
}

/** dx, dscale and dshift of [dy, x, scale, mean, variance], the last two from batchNormTraining. */
export function batchNormTrainingGradient(
  { writer, computation }: Lowering,
  epsilon: number,
  [dy, x, scale, mean]: readonly Operand[],
): readonly Tensorflow[] {
  const [forward] = mean!.name.split(':') as [string]
  const reserved = [`${forward}:3`, `${forward}:4`, `${forward}:5`]
  const inputs = [
    writer.cast(dy!, computation),
    writer.cast(x!, computation),
    floats(writer, scale!),
    ...reserved,
  ]
  const { T, U, epsilon: small, data_format, is_training } = attributesOf(computation, epsilon, true)
  const attributes = { T, U, epsilon: small, data_format, is_training } as Attributes
  const node = writer.node('FusedBatchNormGradV3', inputs, attributes)
  return [
    { name: node, type: computation },
    { name: `${node}:1`, type: 'float' },
    { name: `${node}:2`, type: 'float' },
  ]
}

/** Batch normalization of [x, scale, shift, mean, variance], with given statistics. */
export function batchNorm(
  { writer, computation }: Lowering,
  epsilon: number,
  [x, ...statistics]: readonly Operand[],
): Tensorflow {
  const inputs = [writer.cast(x!, computation), ...statistics.map((operand) => floats(writer, operand))]
  const name = writer.node('FusedBatchNormV3', inputs, attributesOf(computation, epsilon, false))
  return { name, type: computation }
}

/** dx = dy · scale/σ of [dy, scale, variance] */
export function batchNormGradient(
  { writer, computation }: Lowering,
  epsilon: number,
  [dy, scale, variance]: readonly Operand[],
): Tensorflow {
  const T = { T: { type: 'float' } } as const
  const wider = writer.node('AddV2', [floats(writer, variance!), writer.float(epsilon)], T)
  const slope = writer.node('Mul', [floats(writer, scale!), writer.node('Rsqrt', [wider], T)], T)
  const inputs = [writer.cast(dy!, computation), writer.cast({ name: slope, type: 'float' }, computation)]
  return { name: writer.node('Mul', inputs, { T: { type: computation } }), type: computation }
}

function floats(writer: TensorflowWriter, operand: Operand): string {
  return writer.cast(operand, 'float')
}

/** While training no statistics come in. */
function emptyStatistics(writer: TensorflowWriter): string {
  const attributes = { T: { type: 'float' }, index_type: { type: 'int32' } } as const
  return writer.node('Fill', [writer.integers([0]), writer.float(0)], attributes)
}

function attributesOf(type: Tensorflow['type'], epsilon: number, training: boolean): Attributes {
  return {
    T: { type },
    U: { type: 'float' },
    epsilon: { float: epsilon },
    exponential_avg_factor: { float: 1 },
    data_format: 'NHWC',
    is_training: training,
  }
}
