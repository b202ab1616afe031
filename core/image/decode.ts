import { acceptedFormat, openImage, rawPixels, readImageFile } from './codec.ts'
import { inFile, saysDamaged } from './errors.ts'
import { imageLimits, type ImageLimits, type RgbImage } from './types.ts'

/**
 * The whole picture: upright (EXIF), 8-bit sRGB, transparency over white, first frame of an animation.
 * Throws StudioError with a code of `imageProblems`; a truncated file is an error, never half a picture.
 */
export function decode(path: string, limits: ImageLimits = imageLimits): Promise<RgbImage> {
  return inFile(path, async () => decodeBytes(await readImageFile(path, limits), limits))
}

/** Likewise for a file's bytes; the message is without a path. */
export async function decodeBytes(bytes: Uint8Array, limits: ImageLimits = imageLimits): Promise<RgbImage> {
  const encoded = { bytes, format: acceptedFormat(bytes), limits }
  return rawPixels(openImage(encoded), encoded)
}

/**
 * Likewise, and a JPEG of which some data is missing or broken is `damaged`: libjpeg fills the gap with gray and only
 * warns. Warnings that leave the picture whole are let pass. For looking a data set over, once.
 */
export async function decodeStrictly(
  bytes: Uint8Array,
  limits: ImageLimits = imageLimits,
): Promise<RgbImage> {
  const encoded = { bytes, format: acceptedFormat(bytes), limits }
  if (encoded.format !== 'jpeg') return rawPixels(openImage(encoded), encoded)
  try {
    return await rawPixels(openImage(encoded, 'warning'), encoded)
  } catch (error) {
    if (saysDamaged(error)) throw error
    return rawPixels(openImage(encoded), encoded)
  }
}
