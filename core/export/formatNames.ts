/** Apart from what writes them, so that `--help` loads no engine. */
export const exportFormats = ['onnx', 'onnx-fp16', 'onnx-int8', 'safetensors'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What a format asks of a data set's images. */
interface ImageNeeds {
  /** Whether it computes in fewer bits than the network: it is then measured beside single precision, on more images. */
  readonly isReduced: boolean
  /** Training images that it observes activations on. */
  readonly calibrationImages: number
}

export const imageNeeds: Readonly<Record<ExportFormat, ImageNeeds>> = {
  onnx: { isReduced: false, calibrationImages: 0 },
  'onnx-fp16': { isReduced: true, calibrationImages: 0 },
  'onnx-int8': { isReduced: true, calibrationImages: 128 },
  safetensors: { isReduced: false, calibrationImages: 0 },
}

export const preprocessingPlaces = ['outside', 'inside'] as const
