import { open } from 'node:fs/promises'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { messageOf, StudioError } from '../base/errors.ts'
import { isTruncated } from './truncation.ts'
import {
  decodeError,
  isTimeoutMessage,
  decodeTimeout,
  tooManyBytes,
  tooManyPixels,
  truncated,
} from './errors.ts'
import { isUpright } from './jpegHeader.ts'
import { flattenOnWhite } from './flattenOnWhite.ts'
import { applyProfile } from './profiled.ts'
import { sniff } from './sniff.ts'
import { checkSupported, isDeepTiff, tiffHasAlpha } from './supported.ts'
import type { ImageFormat, ImageLimits, RgbImage } from './types.ts'

// One image, one thread: callers decode several images at once instead. Nothing is decoded twice, so nothing is cached.
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
      if (!facts.isFile()) throw new StudioError('unreadable', { what: 'not-a-file' })
      if (facts.size > limits.bytes) throw tooManyBytes(facts.size, limits.bytes)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new StudioError('unreadable', { what: 'system', detail: messageOf(error) }, { cause: error })
  }
}

/** The format by content. Throws StudioError `empty`, `unsupported`, `not-an-image`. */
export function acceptedFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new StudioError('empty', {})
  const content = sniff(bytes)
  if (content.kind === 'image') return content.format
  if (content.kind === 'refused') throw new StudioError('unsupported', { what: 'format', name: content.name })
  throw new StudioError('not-an-image', { isText: content.kind === 'text' })
}

/** A change to libvips' pipeline before it runs: an extract, say. */
export type Edit = (image: Sharp) => Sharp

/**
 * The picture: 8-bit sRGB, transparency over white, turned upright (EXIF); an embedded color profile is applied, deeper
 * levels are rounded to 8 bits at the end, of an animation and of several pages it is the first.
 * Throws StudioError with a code of `ImageProblem`; the message is without a path.
 */
export async function pixelsOf(
  encoded: Encoded,
  edit: Edit = (image) => image,
  failOn: 'truncated' | 'warning' = 'truncated',
): Promise<RgbImage> {
  const { bytes, format } = encoded
  checkSupported(bytes, format)
  if (format === 'tiff' && isTruncated(bytes, 'tiff')) throw truncated('tiff')
  const started = performance.now()
  try {
    const deep = await deepColor(encoded)
    const pipeline = deep ? openDeep(encoded, deep) : openImage(encoded, failOn).toColourspace('srgb')
    const { data, info } = await edit(pipeline)
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const opaque = format === 'tiff' && !tiffHasAlpha(bytes)
    const read = {
      ...info,
      data: deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    }
    const profile = deep?.space === 'rgb16' ? deep.profile : null
    const levels =
      profile && read.data instanceof Uint16Array
        ? await applyProfile({ ...read, data: read.data }, profile)
        : read
    return {
      width: info.width,
      height: info.height,
      data: flattenOnWhite(levels.data, levels.channels, opaque),
    }
  } catch (error) {
    throw await decodingError(encoded, error, performance.now() - started)
  }
}

/** libvips' pipeline over a file's bytes, turned upright; nothing runs yet. */
export function openImage(
  { bytes, format, limits }: Encoded,
  failOn: 'truncated' | 'warning' = 'truncated',
): Sharp {
  const autoOrient = format !== 'jpeg' || !isUpright(bytes)
  return sharp(bytes, { autoOrient, failOn, limitInputPixels: limits.pixels }).timeout({
    seconds: limits.seconds,
  })
}

interface DeepColor {
  readonly space: 'rgb16' | 'grey16'
  /** The embedded one, where it is of these colors; as with 8 bits, another is passed over. */
  readonly profile: Uint8Array | null
}

/** How 16-bit levels (10- and 12-bit ones of AVIF) are to be read; null for 8 bits. */
async function deepColor(encoded: Encoded): Promise<DeepColor | null> {
  const { bytes, format } = encoded
  const deep =
    format === 'avif' || (format === 'png' && bytes[24] === 16) || (format === 'tiff' && isDeepTiff(bytes))
  if (!deep) return null
  const { depth, space, icc, channels } = await header(bytes, false)
  if (depth !== 'ushort' || (space !== 'rgb16' && space !== 'grey16')) return null
  const fits = icc !== undefined && isProfileOf(icc, channels < 3 ? 'GRAY' : 'RGB ')
  return { space, profile: fits ? icc : null }
}

/**
 * By itself libvips' pipeline brings 16-bit RGB to Display P3, so that its profile is left for later, and ignores the
 * profile of 16-bit gray: as a profile of the output it is told sRGB, which the embedded one is converted to.
 */
function openDeep({ bytes, limits }: Encoded, { space, profile }: DeepColor): Sharp {
  const options = {
    autoOrient: true,
    failOn: 'truncated',
    ignoreIcc: true,
    limitInputPixels: limits.pixels,
  } as const
  const image = sharp(bytes, options).timeout({ seconds: limits.seconds }).toColourspace(space)
  return profile && space === 'grey16' ? image.withIccProfile('srgb') : image
}

/** Whether a profile (ICC.1, 7.2) is one, and of such colors. */
function isProfileOf(icc: Uint8Array, space: string): boolean {
  const text = (at: number): string => Buffer.from(icc.subarray(at, at + 4)).toString('latin1')
  return icc.length > 128 && text(36) === 'acsp' && text(16) === space
}

/** What the header says; `autoOrient` holds the size as seen. */
export async function readMetadata(encoded: Encoded): Promise<Metadata> {
  checkSupported(encoded.bytes, encoded.format)
  try {
    const found = await header(encoded.bytes, false)
    const { width, height } = found
    if (width * height > encoded.limits.pixels) throw tooManyPixels(found.autoOrient, encoded.limits.pixels)
    return encoded.format === 'jpeg' && isUpright(encoded.bytes)
      ? { ...found, autoOrient: { width, height } }
      : found
  } catch (error) {
    if (error instanceof StudioError) throw error
    throw decodeError(encoded.bytes, encoded.format, error)
  }
}

/**
 * Why a file did not decode, for people. libvips' words may be those of another file that is being decoded: the verdict
 * follows from the file's own bytes, but for the time that it took.
 * @param elapsed milliseconds since decoding began
 */
export async function decodingError(
  { bytes, format, limits }: Encoded,
  cause: unknown,
  elapsed: number,
): Promise<Error> {
  const size = await header(bytes, false).then(
    ({ autoOrient }) => autoOrient,
    () => null,
  )
  if (size && size.width * size.height > limits.pixels) return tooManyPixels(size, limits.pixels, cause)
  // A second too few, since libvips counts whole ones.
  if (isTimeoutMessage(cause) && elapsed > (limits.seconds - 1) * 1000) return decodeTimeout(cause)
  return decodeError(bytes, format, cause)
}

function header(bytes: Uint8Array, limitInputPixels: number | false): Promise<Metadata> {
  return sharp(bytes, { failOn: 'truncated', limitInputPixels }).metadata()
}
