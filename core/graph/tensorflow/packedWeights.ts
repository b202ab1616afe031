/** How many bits weights are kept in; all are 32-bit floats again when a model is opened. */
export const weightTypes = ['float32', 'float16', 'uint8'] as const
export type WeightType = (typeof weightTypes)[number]

export const weightBytes: Readonly<Record<WeightType, number>> = { float32: 4, float16: 2, uint8: 1 }

/** Weights as TensorFlow.js keeps them. */
export interface PackedWeights {
  readonly content: Uint8Array
  /** What it makes floats again by; absent where they are. In 8 bits a value is level × scale + min. */
  readonly quantization?:
    { readonly dtype: 'float16' } | { readonly dtype: 'uint8'; readonly min: number; readonly scale: number }
}

/** @param values finite */
export function weightValues(values: Float32Array, type: WeightType): PackedWeights {
  if (type === 'float32') return { content: bytes(values) }
  if (type === 'float16')
    return { content: bytes(Float16Array.from(values)), quantization: { dtype: 'float16' } }
  let [low, high] = [0, 0]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  // Zero is a level of its own: what was nothing stays nothing.
  const scale = (high - low) / 255 || 1
  const zero = Math.round(-low / scale)
  const levels = Uint8Array.from(values, (value) =>
    Math.max(0, Math.min(255, Math.round(value / scale) + zero)),
  )
  return { content: levels, quantization: { dtype: 'uint8', min: -zero * scale, scale } }
}

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Float16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
