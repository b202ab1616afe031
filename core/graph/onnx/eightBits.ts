/** Numbers in 8 bits as ONNX Runtime's quantizer takes them (onnxruntime.quantization, 1.32): value = scale · (q − zero). */

/** Least and greatest value that a tensor took. */
export interface ValueRange {
  readonly low: number
  readonly high: number
}

/** How unsigned 8 bits stand for floats. */
export interface Levels {
  /** A 32-bit float. */
  readonly scale: number
  /** Level of 0, 0–255. */
  readonly zero: number
}

const tiny = 2 ** -126

/** Levels over a range, with 0 exactly on one of them. */
export function levelsOf({ low, high }: ValueRange): Levels {
  const [least, most] = [Math.min(low, 0), Math.max(high, 0)]
  const scale = (most - least) / 255
  return scale < tiny
    ? { scale: 1, zero: 0 }
    : { scale: Math.fround(scale), zero: roundHalfEven(-least / scale) }
}

/** Weights of a layer in signed 8 bits, symmetric, with a scale for each output channel (the first axis). */
export interface SignedWeights {
  readonly values: Int8Array
  readonly scales: Float32Array
}

/**
 * @param largest of the signed levels: 127, or 64 for processors whose sums of two products are cut off at 16 bits
 * @param bias one value a channel; scales are raised where it would not fit 32 bits in units of input scale × weight scale
 * @param inputScale scale of what is multiplied with the weights
 */
export function signedWeights(
  weights: Float32Array,
  channels: number,
  { largest, bias, inputScale }: { largest: number; bias: Float32Array | undefined; inputScale: number },
): SignedWeights {
  const each = weights.length / channels
  const scales = new Float32Array(channels)
  const values = new Int8Array(weights.length)
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * each
    let most = 0
    for (let index = from; index < from + each; index++) most = Math.max(most, Math.abs(weights[index]!))
    const scale = most / largest
    scales[channel] = scale < tiny ? 1 : scale
    const least = (1.0001 * Math.abs(bias?.[channel] ?? 0)) / (2 ** 31 - 1)
    if (inputScale * scales[channel]! < least) scales[channel] = least / inputScale
    for (let index = from; index < from + each; index++)
      values[index] = roundHalfEven(Math.fround(weights[index]! / scales[channel]!))
  }
  return { values, scales }
}

/** Biases in units of input scale × weight scale, which are 32-bit floats. */
export function wholeBias(
  bias: Float32Array,
  scales: Float32Array,
  inputScale: number,
): { readonly values: Int32Array; readonly scales: Float32Array } {
  const units = scales.map((scale) => inputScale * scale)
  return { values: Int32Array.from(bias, (value, at) => roundHalfEven(value / units[at]!)), scales: units }
}

/** As numpy and ONNX's QuantizeLinear round: .5 to the even neighbor. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}
