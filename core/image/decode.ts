import { acceptedFormat, pixelsOf, readImageFile, type Encoded } from './codec.ts'
import { damaged, inFile } from './errors.ts'
import { hasMissingData } from './jpegDamage.ts'
import { imageLimits, type ImageLimits, type RgbImage } from './types.ts'

/**
 * The whole picture: upright (EXIF), 8-bit sRGB, transparency over white, first frame of an animation.
 * Throws StudioError with a code of `ImageProblem`; a truncated file is an error, never half a picture.
 */
export function decode(path: string, limits: ImageLimits = imageLimits): Promise<RgbImage> {
  return inFile(path, async () => decodeBytes(await readImageFile(path, limits), limits))
}

/** Likewise for a file's bytes; the message is without a path. */
export async function decodeBytes(bytes: Uint8Array, limits: ImageLimits = imageLimits): Promise<RgbImage> {
  return pixelsOf(encodedIn(bytes, limits))
}

/**
 * Likewise, and a JPEG of which some data is missing or broken is `damaged`: libjpeg fills the gap with gray and only
 * warns. Oddities that leave the picture whole are let pass. For looking a data set over, once.
 */
export async function decodeStrictly(
  bytes: Uint8Array,
  limits: ImageLimits = imageLimits,
): Promise<RgbImage> {
  const encoded = encodedIn(bytes, limits)
  if (encoded.format !== 'jpeg') return pixelsOf(encoded)
  try {
    return await pixelsOf(encoded, undefined, 'warning')
  } catch {
    // It warned, or worse; of what, only the bytes can tell.
    const image = await pixelsOf(encoded)
    if (hasMissingData(bytes)) throw damaged('jpeg')
    return image
  }
}

function encodedIn(bytes: Uint8Array, limits: ImageLimits): Encoded {
  return { bytes, format: acceptedFormat(bytes), limits }
}
