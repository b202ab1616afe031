import { StudioError } from '../base/errors.ts'
import { axis, resample } from './resample.ts'
import { imageLimits, type RgbImage } from './types.ts'

/**
 * The whole image at another size: linear kernel, antialiased (resample.ts: the one definition, within half a level of
 * ONNX `Resize` and Pillow). Width and height in whole pixels, ≥ 1. Throws StudioError `too-large` beyond the pixel limit.
 */
export function resize(image: RgbImage, width: number, height: number): RgbImage {
  if (width === image.width && height === image.height) return image
  if (width * height > imageLimits.pixels) throw new StudioError('too-large', { what: 'size', width, height })
  const target = { data: new Uint8Array(width * height * 3), stride: width, left: 0, top: 0, mirror: false }
  const all = { left: 0, top: 0, width: image.width, height: image.height }
  resample(image.data, all, axis(image.width, width, 0, width), axis(image.height, height, 0, height), target)
  return { width, height, data: target.data }
}
