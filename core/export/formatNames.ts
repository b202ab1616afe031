import type { WeightType } from '../graph/tensorflow/packedWeights.ts'
import type { ExportChoices } from './types.ts'

/** Apart from what writes them, so that `--help` loads no engine. */
export const exportFormats = ['onnx', 'onnx-fp16', 'onnx-int8', 'tfjs', 'savedmodel', 'safetensors'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What a format asks of a data set's images. */
interface ImageNeeds {
  /** Whether it keeps or computes in fewer bits than the network: it is then measured beside single precision, on more images. */
  readonly isReduced: boolean
  /** Images that were not trained on, that it is compared on. */
  readonly samples: number
  /** Training images that it observes activations on. */
  readonly calibrationImages: number
}

const whole: ImageNeeds = { isReduced: false, samples: 32, calibrationImages: 0 }

export function imageNeeds(format: ExportFormat, { weights }: Pick<ExportChoices, 'weights'>): ImageNeeds {
  if (format === 'onnx-fp16') return { ...whole, isReduced: true, samples: 1000 }
  if (format === 'onnx-int8') return { isReduced: true, samples: 1000, calibrationImages: 128 }
  // Its WebAssembly computes on one core: seconds for an image in a VGG.
  return format === 'tfjs' && isSmaller(weights) ? { ...whole, isReduced: true, samples: 200 } : whole
}

export const isSmaller = (weights: WeightType | undefined): boolean => (weights ?? 'float32') !== 'float32'

export const preprocessingPlaces = ['outside', 'inside'] as const
