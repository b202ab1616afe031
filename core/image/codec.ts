import { open } from 'node:fs/promises'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { messageOf } from '../base/errors.ts'
import { endsEarly } from './ends.ts'
import { decodeError, imageError, saysTooLarge, tooManyBytes, tooManyPixels, truncated } from './errors.ts'
import { sniff } from './sniff.ts'
import type { ImageFormat, ImageLimits, RgbImage } from './types.ts'

// One image, one thread: whoever wants more decodes more images at once. Nothing is decoded twice, so nothing is cached.
sharp.concurrency(1)
sharp.cache(false)

/** A file's bytes, and what is known of them before they are decoded. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly format: ImageFormat
  readonly limits: ImageLimits
}

/** The whole file. Throws StudioError `unreadable`, `empty`, `too-large`. */
export async function readImageFile(path: string, limits: ImageLimits): Promise<Buffer> {
  try {
    const file = await open(path, 'r')
    try {
      const facts = await file.stat()
      if (!facts.isFile()) throw imageError('unreadable', 'It is not a regular file.')
      if (facts.size > limits.bytes) throw tooManyBytes(facts.size, limits.bytes)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw imageError('unreadable', `The file could not be read (${messageOf(error)}).`, undefined, error)
  }
}

/** The format by content. Throws StudioError `empty`, `unsupported`, `not-an-image`. */
export function acceptedFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw imageError('empty', 'The file is empty.')
  const content = sniff(bytes)
  if (content.kind === 'image') return content.format
  if (content.kind === 'refused')
    throw imageError('unsupported', `${content.name} images are not read.`, content.hint)
  const seen =
    content.kind === 'text' ? 'It is a text file, not an image.' : 'It is not an image of a known format.'
  throw imageError('not-an-image', seen, 'JPEG, PNG, WebP, GIF, TIFF and AVIF are read.')
}

/**
 * libvips' pipeline over a file's bytes, up to 8-bit sRGB over white, turned upright; nothing runs yet.
 * An embedded color profile is applied; 16-bit levels are scaled; of an animation it is the first frame.
 */
export function openImage({ bytes, limits }: Encoded, failOn: 'truncated' | 'warning' = 'truncated'): Sharp {
  return sharp(bytes, { autoOrient: true, failOn, limitInputPixels: limits.pixels })
    .timeout({ seconds: limits.seconds })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
}

/** Runs a pipeline over `encoded` to raw RGB. */
export async function rawPixels(pipeline: Sharp, encoded: Encoded): Promise<RgbImage> {
  if (encoded.format === 'tiff' && endsEarly(encoded.bytes, 'tiff')) throw truncated('tiff')
  try {
    const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    const rgb = info.channels === 3 ? data : tripled(data, info.channels)
    return { width: info.width, height: info.height, data: rgb }
  } catch (error) {
    throw await decodingError(encoded, error)
  }
}

/** First channel three times: what is left of one- or two-channel pixels. */
function tripled(data: Uint8Array, channels: number): Uint8Array {
  const count = data.length / channels
  const rgb = new Uint8Array(count * 3)
  for (let pixel = 0; pixel < count; pixel++) rgb.fill(data[pixel * channels]!, pixel * 3, pixel * 3 + 3)
  return rgb
}

/** What the header says; `autoOrient` holds the size as seen. */
export async function readMetadata(encoded: Encoded): Promise<Metadata> {
  try {
    return await header(encoded.bytes, encoded.limits.pixels)
  } catch (error) {
    throw await decodingError(encoded, error)
  }
}

/** What libvips said, for people; of an image that is too large its header tells how large it is. */
export async function decodingError({ bytes, format, limits }: Encoded, cause: unknown): Promise<Error> {
  if (!saysTooLarge(cause)) return decodeError(bytes, format, cause)
  const { autoOrient } = await header(bytes, false)
  return tooManyPixels(autoOrient, limits.pixels, cause)
}

function header(bytes: Uint8Array, limitInputPixels: number | false): Promise<Metadata> {
  return sharp(bytes, { failOn: 'truncated', limitInputPixels }).metadata()
}
