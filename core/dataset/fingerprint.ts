import { graySide, type Measured } from './measure.ts'

/**
 * A perceptual hash that distances can be measured with: the lowest DCT frequencies of the gray picture, divided by
 * their contrast, so that copies saved at another size, quality or brightness nearly agree; and the mean color.
 * Distances are those between unit vectors (0 equal … 2 opposite), so distance² / 2 = 1 − correlation.
 */

/** Frequencies per axis; the constant one is left out. */
const frequencies = 8
export const coefficientCount = frequencies * frequencies - 1

/** Below this contrast (levels) a picture counts as plain: dividing by less would compare noise. */
const plainContrast = 4

/** Rows: orthonormal DCT-II basis functions. */
const basis = Array.from({ length: frequencies }, (_, k) =>
  Float64Array.from(
    { length: graySide },
    (_, x) => Math.sqrt((k === 0 ? 1 : 2) / graySide) * Math.cos((Math.PI * (x + 0.5) * k) / graySide),
  ),
)

/** 66 bytes as base64: 63 companded coefficients, mean R, G, B. */
export function fingerprintOf({ gray, moments }: Measured): string {
  const coefficients = lowFrequencies(gray)
  // Parseval: the root mean square of the low-passed picture around its mean.
  const contrast = Math.hypot(...coefficients) / graySide
  const scale = 1 / (graySide * Math.max(contrast, plainContrast))
  const bytes = new Uint8Array(coefficientCount + 3)
  coefficients.forEach((value, index) => (bytes[index] = encode(value * scale)))
  for (let channel = 0; channel < 3; channel++)
    bytes[coefficientCount + channel] = Math.round(moments[channel]!)
  return Buffer.from(bytes).toString('base64')
}

export interface Fingerprint {
  /** `coefficientCount` values; a unit vector, shorter for plain pictures. */
  readonly vector: Float32Array
  readonly color: readonly [number, number, number]
}

export function parseFingerprint(text: string): Fingerprint {
  const bytes = Buffer.from(text, 'base64')
  const vector = Float32Array.from({ length: coefficientCount }, (_, index) => decode(bytes[index]!))
  const at = (channel: number): number => bytes[coefficientCount + channel]!
  return { vector, color: [at(0), at(1), at(2)] }
}

/** The same for an image and its mirror image: the strongest of the coefficients that mirroring negates is positive. */
export function mirrorInvariant({ vector, color }: Fingerprint): Fingerprint {
  let strongest = 0
  for (let at = 0; at < vector.length; at++)
    if (isOdd(at) && Math.abs(vector[at]!) > Math.abs(strongest)) strongest = vector[at]!
  return { color, vector: strongest < 0 ? vector.map((value, at) => (isOdd(at) ? -value : value)) : vector }
}

/** Whether the coefficient's wave along rows changes its sign in a mirror; the constant one is left out. */
function isOdd(at: number): boolean {
  return ((at + 1) % frequencies) % 2 === 1
}

/** All but the constant coefficient, row by row. */
function lowFrequencies(gray: Float64Array): Float64Array {
  const rows = new Float64Array(graySide * frequencies)
  for (let y = 0; y < graySide; y++)
    for (let u = 0; u < frequencies; u++) {
      let sum = 0
      for (let x = 0; x < graySide; x++) sum += basis[u]![x]! * gray[y * graySide + x]!
      rows[y * frequencies + u] = sum
    }
  const all = new Float64Array(frequencies * frequencies)
  for (let v = 0; v < frequencies; v++)
    for (let u = 0; u < frequencies; u++) {
      let sum = 0
      for (let y = 0; y < graySide; y++) sum += basis[v]![y]! * rows[y * frequencies + u]!
      all[v * frequencies + u] = sum
    }
  return all.subarray(1)
}

/** Square-root companding: most coefficients are small, and their steps should be too. */
function encode(value: number): number {
  return 128 + Math.round(127 * Math.sign(value) * Math.sqrt(Math.min(1, Math.abs(value))))
}

function decode(byte: number): number {
  const root = (byte - 128) / 127
  return Math.sign(root) * root * root
}
