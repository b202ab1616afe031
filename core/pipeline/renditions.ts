import { isotropic, resizedSize } from '../image/geometry.ts'
import { resize } from '../image/resize.ts'
import { fillOf, isPadded, type ResizeMode, type Rgb, type RgbImage } from '../image/types.ts'
import type { Rendition } from './types.ts'

/**
 * An image in all the sizes that an evaluation cuts its crops from, 8-bit, in the order of `renditions`. Those of one
 * scale share a resize.
 * @param mean of the levels, 0–255: what pads an image to a square where that is not white
 * @throws StudioError `too-large`
 */
export function renditionsOf(
  image: RgbImage,
  renditions: readonly Rendition[],
  mean: Rgb,
): readonly RgbImage[] {
  const scaled = new Map<string, RgbImage>()
  const scale = (mode: ResizeMode, side: number): RgbImage => {
    const key = `${mode} ${side}`
    const found = scaled.get(key) ?? scaledImage(image, mode, side, mean)
    scaled.set(key, found)
    return found
  }
  return renditions.map(({ mode, scale: side, square }) => {
    const whole = scale(mode, side)
    if (!square) return whole
    const part = squareOf(whole, square.at)
    return resize(part, square.side, square.side)
  })
}

function scaledImage(image: RgbImage, mode: ResizeMode, scale: number, mean: Rgb): RgbImage {
  const { width, height } = mode === 'crop' ? isotropic(image, scale) : resizedSize(image, mode, scale)
  const content = resize(image, width, height)
  if (isPadded(mode)) return padded(content, scale, fillOf(mode, mean))
  // The decoder's memory can't be handed to another thread.
  return content === image ? { ...image, data: new Uint8Array(image.data) } : content
}

/** The image in the middle of a square of `side` pixels. */
function padded(image: RgbImage, side: number, fill: Rgb): RgbImage {
  const { width, height } = image
  const data = new Uint8Array(side * side * 3)
  for (let index = 0; index < data.length; index++) data[index] = Math.round(fill[index % 3]!)
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)]
  for (let line = 0; line < height; line++) {
    const row = image.data.subarray(line * width * 3, (line + 1) * width * 3)
    data.set(row, ((top + line) * side + left) * 3)
  }
  return { width: side, height: side, data }
}

/** A square as large as the shorter side, along the longer one at its start, middle or end. */
function squareOf(image: RgbImage, at: NonNullable<Rendition['square']>['at']): RgbImage {
  const { width, height, data } = image
  const side = Math.min(width, height)
  const share = { start: 0, middle: 0.5, end: 1 }[at]
  const [left, top] = [Math.floor(share * (width - side)), Math.floor(share * (height - side))]
  if (left === 0 && width === side) {
    return { width: side, height: side, data: data.slice(top * side * 3, (top + side) * side * 3) }
  }
  const cut = new Uint8Array(side * side * 3)
  for (let line = 0; line < side; line++) {
    const from = ((top + line) * width + left) * 3
    cut.set(data.subarray(from, from + side * 3), line * side * 3)
  }
  return { width: side, height: side, data: cut }
}
