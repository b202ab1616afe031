import type { Tensors } from '../../core/base/tensor.ts'

/** What ours.safetensors holds; test/reference/safetensorsFiles.py compares it with what Python reads. */
export const ourTensors: Tensors = new Map([
  ['features.0.weight', { shape: [4, 3, 1, 2], data: Float32Array.from({ length: 24 }, (_, i) => i / 7) }],
  ['features.0.bias', { shape: [4], data: Float32Array.of(0, -1.5, 3e38, -Infinity) }],
  ['scalar', { shape: [], data: Float32Array.of(0.25) }],
  ['empty', { shape: [0, 3], data: new Float32Array(0) }],
])

export const ourMetadata = { format: 'pt', note: 'Gänsefüßchen " 한국어 \n' }
