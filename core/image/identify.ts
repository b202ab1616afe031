import type { Metadata } from 'sharp'
import { acceptedFormat, readMetadata } from './codec.ts'
import { tiffHasAlpha } from './supported.ts'
import { imageLimits, type ImageInfo, type ImageLimits } from './types.ts'

/**
 * Facts of an image from its header, by content. Throws StudioError with a code of `ImageProblem`; the message is
 * without a path.
 */
export async function identifyBytes(
  bytes: Uint8Array,
  limits: ImageLimits = imageLimits,
): Promise<ImageInfo> {
  const format = acceptedFormat(bytes)
  const metadata = await readMetadata({ bytes, format, limits })
  const { width, height } = metadata.autoOrient
  return {
    format,
    width,
    height,
    colorMode: colorMode(metadata),
    alpha: metadata.hasAlpha && (format !== 'tiff' || tiffHasAlpha(bytes)),
    bits: metadata.depth === 'uchar' ? 8 : 16,
    bytes: bytes.length,
  }
}

function colorMode({ space, isPalette }: Metadata): ImageInfo['colorMode'] {
  if (isPalette) return 'palette'
  if (space === 'b-w' || space === 'grey16') return 'grayscale'
  if (space === 'cmyk') return 'cmyk'
  return space === 'srgb' || space === 'rgb' || space === 'rgb16' ? 'rgb' : 'other'
}
