import { elementCount } from '../base/tensor.ts'
import { weightBytes, type WeightType } from '../graph/tensorflow/packedWeights.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import { withoutAuxiliary } from '../network/withoutAuxiliary.ts'
import type { ExportFormat } from './formatNames.ts'

/** What a format keeps a weight in; that of TensorFlow.js can be chosen. */
const kept: Readonly<Record<Exclude<ExportFormat, 'tfjs'>, WeightType>> = {
  onnx: 'float32',
  'onnx-fp16': 'float16',
  'onnx-int8': 'uint8',
  savedmodel: 'float32',
  safetensors: 'float32',
}

/**
 * Bytes that the weights of an export take, which is about what its model takes.
 * @param weights how TensorFlow.js keeps them
 */
export function modelSize(network: Network, format: ExportFormat, weights: WeightType = 'float32'): number {
  const each = weightBytes[format === 'tfjs' ? weights : kept[format]]
  // Vectors stay in 32 bits but in half precision.
  const ofVectors = format === 'onnx-fp16' ? each : 4
  return parameters(withoutAuxiliary(network)).reduce(
    (sum, { shape }) => sum + elementCount(shape) * (shape.length < 2 ? ofVectors : each),
    0,
  )
}
