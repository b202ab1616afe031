import type { Exporter } from './exporter.ts'
import type { ExportFormat } from './formatNames.ts'
import { graphModel } from './formats/graphModel.ts'
import { onnx } from './formats/onnx.ts'
import { onnxHalf } from './formats/onnxHalf.ts'
import { onnxInteger } from './formats/onnxInteger.ts'
import { savedModel } from './formats/savedModel.ts'
import { safetensors } from './formats/safetensors.ts'

/** Every format that networks are exported in. */
export const exporters: Readonly<Record<ExportFormat, Exporter>> = {
  onnx,
  'onnx-fp16': onnxHalf,
  'onnx-int8': onnxInteger,
  tfjs: graphModel,
  savedmodel: savedModel,
  safetensors,
}
