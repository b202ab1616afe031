import { acceptedFormat, openImage, rawPixels } from './codec.ts'
import { seenSize, shrinksOnLoad } from './load.ts'
import { resize } from './resize.ts'
import { imageLimits, type ImageLimits, type RgbImage, type Size } from './types.ts'

/**
 * A file's whole image at the size that `choose` says (of its size as seen): what training crops from. A large JPEG or
 * WebP is decoded at reduced size, which is faster and slightly different from decode → resize; the same file and size
 * always give the same pixels. Throws StudioError with a code of `imageProblems`; the message is without a path.
 */
export async function decodeReduced(
  bytes: Uint8Array,
  choose: (size: Size) => Size,
  limits: ImageLimits = imageLimits,
): Promise<RgbImage> {
  const encoded = { bytes, format: acceptedFormat(bytes), limits }
  if (encoded.format === 'jpeg' || encoded.format === 'webp') {
    const size = await seenSize(encoded)
    const { width, height } = choose(size)
    if (shrinksOnLoad(encoded, size, { width, height })) {
      const options = { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: true } as const
      return rawPixels(openImage(encoded).resize(width, height, options), encoded)
    }
  }
  const image = await rawPixels(openImage(encoded), encoded)
  const { width, height } = choose(image)
  return resize(image, width, height)
}
