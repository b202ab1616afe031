import { elementCount } from '../base/tensor.ts'
import { weightBytes, type WeightType } from '../graph/tensorflow/packedWeights.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import { withoutAuxiliary } from '../network/withoutAuxiliary.ts'
import type { ExportFormat } from './formatNames.ts'

/** Bytes that the weights of an export take, which is about what its model takes. */
export type ModelSizes = Readonly<Record<Exclude<ExportFormat, 'tfjs'>, number>> & {
  /** By how it keeps them. */
  readonly tfjs: Readonly<Record<WeightType, number>>
}

export function modelSizes(network: Network): ModelSizes {
  let [vectors, matrices] = [0, 0]
  for (const { shape } of parameters(withoutAuxiliary(network))) {
    if (shape.length < 2) vectors += elementCount(shape)
    else matrices += elementCount(shape)
  }
  // Vectors stay in 32 bits but in half precision.
  const size = (type: WeightType, ofVectors = 4): number => weightBytes[type] * matrices + ofVectors * vectors
  const single = size('float32')
  return {
    onnx: single,
    'onnx-fp16': size('float16', weightBytes.float16),
    'onnx-int8': size('uint8'),
    tfjs: { float32: single, float16: size('float16'), uint8: size('uint8') },
    savedmodel: single,
    safetensors: single,
  }
}

/** @param weights how TensorFlow.js keeps them */
export function modelSize(network: Network, format: ExportFormat, weights: WeightType = 'float32'): number {
  const sizes = modelSizes(network)
  return format === 'tfjs' ? sizes.tfjs[weights] : sizes[format]
}
