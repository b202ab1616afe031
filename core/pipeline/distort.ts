import type { Region } from '../image/resample.ts'
import type { ColorChange } from './distortionDraws.ts'

/**
 * Distortions of a crop in planes of levels (R, then G, then B, side × side each), as torchvision's functions compute
 * them on floats: `rotate` (bilinear), `adjust_brightness`, `adjust_contrast`, `adjust_saturation`, `gaussian_blur`
 * and `erase`. Levels 0–255, not rounded.
 */

/** Pixels that a turned crop of `side` needs around it. `degrees` either way. */
export function rotationMargin(side: number, degrees: number): number {
  const { sine, cosine } = turn(degrees)
  return Math.max(0, Math.ceil((side / 2) * (Math.abs(sine) + Math.abs(cosine) - 1))) + 1
}

/**
 * The middle of `source`, turned counterclockwise about it.
 * @param source planes of (side + 2 · margin)², with rotationMargin's margin
 * @param to planes of side²
 */
export function rotate(source: Float32Array, to: Float32Array, side: number, degrees: number): void {
  const outer = Math.sqrt(source.length / 3)
  const [inPlane, toPlane] = [outer * outer, side * side]
  const { sine, cosine } = turn(degrees)
  // Without half pixels: from the middle of one square to that of the other.
  const [middle, from] = [(side - 1) / 2, (outer - 1) / 2]
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at++) {
      const column = from + cosine * (x - middle) - sine * (y - middle)
      const row = from + sine * (x - middle) + cosine * (y - middle)
      const [left, top] = [Math.floor(column), Math.floor(row)]
      const [u, v] = [column - left, row - top]
      const corner = top * outer + left
      for (let channel = 0; channel < 3; channel++) {
        const index = corner + channel * inPlane
        const upper = source[index]! * (1 - u) + source[index + 1]! * u
        const lower = source[index + outer]! * (1 - u) + source[index + outer + 1]! * u
        to[at + channel * toPlane] = upper * (1 - v) + lower * v
      }
    }
  }
}

function turn(degrees: number): { readonly sine: number; readonly cosine: number } {
  const angle = (degrees * Math.PI) / 180
  return { sine: Math.sin(angle), cosine: Math.cos(angle) }
}

/** Levels are moved away from black, from the mean of all gray, or from their own gray; clamped each time. */
export function changeColors(planes: Float32Array, changes: readonly ColorChange[]): void {
  const [red, green, blue] = channels(planes)
  for (const { kind, factor } of changes) {
    // Another loop for each kind: one that asks for every pixel takes twice as long.
    if (kind === 'saturation') {
      for (let at = 0; at < red.length; at++) {
        const rest = (1 - factor) * grayOf(red[at]!, green[at]!, blue[at]!)
        red[at] = clamped(factor * red[at]! + rest)
        green[at] = clamped(factor * green[at]! + rest)
        blue[at] = clamped(factor * blue[at]! + rest)
      }
      continue
    }
    const rest = kind === 'brightness' ? 0 : (1 - factor) * meanGray(red, green, blue)
    for (let at = 0; at < planes.length; at++) planes[at] = clamped(factor * planes[at]! + rest)
  }
}

const clamped = (level: number): number => (level < 0 ? 0 : level > 255 ? 255 : level)
/** ITU-R 601, with torchvision's digits. */
const grayOf = (red: number, green: number, blue: number): number =>
  0.2989 * red + 0.587 * green + 0.114 * blue

function meanGray(red: Float32Array, green: Float32Array, blue: Float32Array): number {
  let sum = 0
  for (let at = 0; at < red.length; at++) sum += grayOf(red[at]!, green[at]!, blue[at]!)
  return sum / red.length
}

function channels(planes: Float32Array): [Float32Array, Float32Array, Float32Array] {
  const size = planes.length / 3
  return [planes.subarray(0, size), planes.subarray(size, 2 * size), planes.subarray(2 * size)]
}

/** A Gaussian of this deviation in pixels, three deviations wide each way; borders are reflected. */
export function blur(planes: Float32Array, side: number, deviation: number): void {
  const radius = blurRadius(side, deviation)
  const weights = gaussian(radius, deviation)
  const padded = new Float32Array((side + 2 * radius) * side)
  for (const plane of channels(planes)) {
    blurRows(plane, side, radius, weights)
    blurColumns(plane, padded, side, radius, weights)
  }
}

/** Reflection repeats no more than a side. */
export function blurRadius(side: number, deviation: number): number {
  return Math.min(side - 1, Math.ceil(3 * deviation))
}

function gaussian(radius: number, deviation: number): Float32Array {
  const values = Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-(((index - radius) / deviation) ** 2) / 2),
  )
  const sum = values.reduce((total, value) => total + value, 0)
  return Float32Array.from(values, (value) => value / sum)
}

function blurRows(plane: Float32Array, side: number, radius: number, weights: Float32Array): void {
  const line = new Float32Array(side + 2 * radius)
  for (let start = 0; start < plane.length; start += side) {
    line.set(plane.subarray(start, start + side), radius)
    for (let offset = 1; offset <= radius; offset++) {
      line[radius - offset] = plane[start + offset]!
      line[radius + side - 1 + offset] = plane[start + side - 1 - offset]!
    }
    for (let x = 0; x < side; x++) {
      let sum = 0
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * line[x + tap]!
      plane[start + x] = sum
    }
  }
}

/** Row by row, so that memory is read in its order. */
function blurColumns(
  plane: Float32Array,
  padded: Float32Array,
  side: number,
  radius: number,
  weights: Float32Array,
): void {
  const row = (index: number): Float32Array => plane.subarray(index * side, (index + 1) * side)
  padded.set(plane, radius * side)
  for (let offset = 1; offset <= radius; offset++) {
    padded.set(row(offset), (radius - offset) * side)
    padded.set(row(side - 1 - offset), (radius + side - 1 + offset) * side)
  }
  plane.fill(0)
  for (let y = 0; y < side; y++) {
    const to = y * side
    for (let tap = 0; tap < weights.length; tap++) {
      const [from, weight] = [(y + tap) * side, weights[tap]!]
      for (let x = 0; x < side; x++) plane[to + x]! += weight * padded[from + x]!
    }
  }
}

/** The rectangle becomes `value` in all planes. */
export function erase(planes: Float32Array, side: number, rectangle: Region, value: number): void {
  const { left, top, width, height } = rectangle
  for (let channel = 0; channel < 3; channel++) {
    for (let y = top; y < top + height; y++) {
      const start = (channel * side + y) * side + left
      planes.fill(value, start, start + width)
    }
  }
}
