import sharp, { type Sharp } from 'sharp'
import { acceptedFormat, decodingError, openImage, pixelsOf, readImageFile } from './codec.ts'
import { inFile } from './errors.ts'
import { imageLimits, type ImageFormat, type Rgb, type RgbImage, type Size } from './types.ts'

const quality = 82

/** A picture in memory as a WebP file, for people to look at. */
export function encodePicture({ data, width, height }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality, effort: 1 })
    .toBuffer()
}

/** A picture in memory as a PNG file: nothing of it is lost. */
export function encodePng({ data, width, height }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 3 })
    .toBuffer()
}

/** One color, more or less opaque, as a PNG file. @param alpha 0–255 for each pixel */
export function encodeTint(
  alpha: Uint8Array,
  { width, height }: Size,
  [red, green, blue]: Rgb,
): Promise<Buffer> {
  const data = new Uint8Array(4 * alpha.length)
  alpha.forEach((value, pixel) => data.set([red, green, blue, value], 4 * pixel))
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
}

/** A picture in memory as a baseline JPEG file. @param quality 1–100 */
export function encodeJpeg({ data, width, height }: RgbImage, quality: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer()
}

/**
 * An image file small, as WebP: upright, sRGB, its longer side at most `side` (never enlarged). For people to look at:
 * what a network sees is made elsewhere.
 * @param lenient shows what can be shown of a damaged file
 * @throws StudioError with a code of `ImageProblem`; the message begins with the path
 */
export function thumbnail(path: string, side: number, { lenient = false } = {}): Promise<Buffer> {
  return inFile(path, async () => {
    const bytes = await readImageFile(path, imageLimits)
    const encoded = { bytes, format: acceptedFormat(bytes), limits: imageLimits }
    const small = (image: Sharp): Promise<Buffer> =>
      image
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality, effort: 1 })
        .toBuffer()
    const started = performance.now()
    try {
      if (lenient) return await small(sharp(bytes, { autoOrient: true, failOn: 'none' }))
      if (plain.has(encoded.format)) return await small(openImage(encoded).flatten({ background: '#ffffff' }))
    } catch (error) {
      throw await decodingError(encoded, error, performance.now() - started)
    }
    const { data, width, height } = await pixelsOf(encoded)
    return small(sharp(data, { raw: { width, height, channels: 3 } }))
  })
}

/** Formats of 8 bits, whose transparency is transparency: libvips may decode no more than the thumbnail needs. */
const plain: ReadonlySet<ImageFormat> = new Set(['jpeg', 'webp', 'gif'])
