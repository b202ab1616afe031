import { acceptedFormat, pixelsOf } from './codec.ts'
import { jpegHeader } from './jpegHeader.ts'
import { seenSize, shrinksOnLoad } from './load.ts'
import { quickJpegPixels } from './quickJpeg.ts'
import { imageLimits, type ImageLimits, type RgbImage, type Size } from './types.ts'

/**
 * A file's whole image for training, which needs it at the size that `choose` says (of its size as seen): a large JPEG
 * or WebP is decoded at reduced size and comes in that size, which is faster and slightly different from decode →
 * resize; all others come in their own size, ordinary JPEGs by a decoder that is faster and slightly different from the
 * one that evaluation uses. The same file and size always give the same pixels.
 * Throws StudioError with a code of `ImageProblem`; the message is without a path.
 */
export async function decodeReduced(
  bytes: Uint8Array,
  choose: (size: Size) => Size,
  limits: ImageLimits = imageLimits,
): Promise<RgbImage> {
  const encoded = { bytes, format: acceptedFormat(bytes), limits }
  if (encoded.format !== 'jpeg' && encoded.format !== 'webp') return pixelsOf(encoded)
  const header = encoded.format === 'jpeg' ? jpegHeader(bytes) : undefined
  const size = header?.size ?? (await seenSize(encoded))
  const { width, height } = choose(size)
  if (!shrinksOnLoad(encoded, size, { width, height }))
    return (header && (await quickJpegPixels(bytes, header, limits))) ?? pixelsOf(encoded)
  const options = { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: true } as const
  return pixelsOf(encoded, (image) => image.resize(width, height, options))
}
