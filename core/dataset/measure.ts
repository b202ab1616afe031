import { resize } from '../image/resize.ts'
import type { RgbImage } from '../image/types.ts'

/**
 * First and second moments of an image's levels, each a mean over its pixels:
 * R, G, B, R², G², B², RG, RB, GB.
 */
export const momentCount = 9

/** Side of the small gray picture that the perceptual hash is made from. */
export const graySide = 32

export interface Measured {
  /** `momentCount` values. */
  readonly moments: Float64Array
  /** graySide × graySide mean luma levels, rows from the top. */
  readonly gray: Float64Array
}

/** More pixels than that are sampled on a regular grid: means of a quarter million pixels are means enough. */
const sampledPixels = 1 << 18

/** One pass over a decoded image. */
export function measure(image: RgbImage): Measured {
  const step = Math.max(1, Math.floor(Math.sqrt((image.width * image.height) / sampledPixels)))
  const moments = momentsOf(image, step)
  const small = image.width < 2 * graySide || image.height < 2 * graySide
  return { moments, gray: small ? grayResized(image) : grayAveraged(image, step) }
}

function momentsOf({ width, height, data }: RgbImage, step: number): Float64Array {
  const sums = new Float64Array(momentCount)
  let pixels = 0
  for (let y = 0; y < height; y += step) {
    let [r1, g1, b1, r2, g2, b2, rg, rb, gb] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (let at = y * width * 3, end = (y + 1) * width * 3; at < end; at += 3 * step) {
      const r = data[at]!
      const g = data[at + 1]!
      const b = data[at + 2]!
      r1 += r
      g1 += g
      b1 += b
      r2 += r * r
      g2 += g * g
      b2 += b * b
      rg += r * g
      rb += r * b
      gb += g * b
    }
    ;[r1, g1, b1, r2, g2, b2, rg, rb, gb].forEach((sum, index) => (sums[index]! += sum))
    pixels += Math.ceil(width / step)
  }
  return sums.map((sum) => sum / pixels)
}

/** BT.601 luma from 8-bit levels. */
const luma = (data: Uint8Array, at: number): number =>
  0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!

/** Each cell is the mean of the pixels that fall into it. */
function grayAveraged({ width, height, data }: RgbImage, step: number): Float64Array {
  const sums = new Float64Array(graySide * graySide)
  const counts = new Float64Array(graySide * graySide)
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor((x * graySide) / width))
  for (let y = 0; y < height; y += step) {
    const row = Math.floor((y * graySide) / height) * graySide
    for (let x = 0, at = y * width * 3; x < width; x += step, at += 3 * step) {
      const cell = row + columns[x]!
      sums[cell]! += luma(data, at)
      counts[cell]!++
    }
  }
  return sums.map((sum, cell) => sum / counts[cell]!)
}

function grayResized(image: RgbImage): Float64Array {
  const { data } = resize(image, graySide, graySide)
  return Float64Array.from({ length: graySide * graySide }, (_, pixel) => luma(data, pixel * 3))
}
