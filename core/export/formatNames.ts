/** Apart from what writes them, so that `--help` loads no engine. */
export const exportFormats = ['onnx', 'onnx-fp16', 'onnx-int8', 'safetensors'] as const
export type ExportFormat = (typeof exportFormats)[number]

export const preprocessingPlaces = ['outside', 'inside'] as const
