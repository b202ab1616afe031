import type { Region } from '../image/resample.ts'
import type { Rgb, RgbImage } from '../image/types.ts'
import type { Normalization } from './types.ts'

/**
 * Writes interleaved RGB levels as three planes of floats: (level − mean) / std, rounded once to float32.
 *
 * @param levels R G B R G B …, 0–255
 * @param planes all of R, then all of G, then all of B; as long as `levels`
 */
export function normalize(levels: Uint8Array, planes: Float32Array, normalization: Normalization): void {
  const red = table(normalization, 0)
  const green = table(normalization, 1)
  const blue = table(normalization, 2)
  const count = levels.length / 3
  for (let pixel = 0, from = 0; pixel < count; pixel++, from += 3) {
    planes[pixel] = red[levels[from]!]!
    planes[count + pixel] = green[levels[from + 1]!]!
    planes[2 * count + pixel] = blue[levels[from + 2]!]!
  }
}

/** The same of a rectangle of an image, and mirrored left to right where asked. `planes` has 3 × width × height floats. */
export function normalizeWindow(
  image: RgbImage,
  window: Region,
  mirror: boolean,
  normalization: Normalization,
  planes: Float32Array,
): void {
  const { left, top, width, height } = window
  const red = table(normalization, 0)
  const green = table(normalization, 1)
  const blue = table(normalization, 2)
  const count = width * height
  const step = mirror ? -1 : 1
  for (let line = 0; line < height; line++) {
    let from = ((top + line) * image.width + left) * 3
    let to = line * width + (mirror ? width - 1 : 0)
    for (const end = from + width * 3; from < end; from += 3, to += step) {
      planes[to] = red[image.data[from]!]!
      planes[count + to] = green[image.data[from + 1]!]!
      planes[2 * count + to] = blue[image.data[from + 2]!]!
    }
  }
}

/** Levels in planes, R, G and B one after the other, to the same with each channel scaled and shifted. */
export function normalizePlanes(
  levels: Float32Array,
  planes: Float32Array,
  { factor, offset }: ReturnType<typeof affine>,
): void {
  const size = levels.length / 3
  for (const channel of [0, 1, 2] as const) {
    const [scale, shift, end] = [factor[channel], offset[channel], (channel + 1) * size]
    for (let at = channel * size; at < end; at++) planes[at] = levels[at]! * scale + shift
  }
}

/** There are only 256 levels: computing each once is cheaper than computing each pixel. */
function table({ mean, std }: Normalization, channel: 0 | 1 | 2): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level - mean[channel]) / std[channel])
}

/** (level + shift − mean) / std as level · factor + offset. `shift` in levels (the color shift). */
export function affine(
  { mean, std }: Normalization,
  shift: Rgb,
): { readonly factor: Rgb; readonly offset: Rgb } {
  const factor = (channel: 0 | 1 | 2): number => 1 / std[channel]
  const offset = (channel: 0 | 1 | 2): number => (shift[channel] - mean[channel]) / std[channel]
  return { factor: [factor(0), factor(1), factor(2)], offset: [offset(0), offset(1), offset(2)] }
}
