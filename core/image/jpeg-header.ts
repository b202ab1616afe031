import type { Size } from './types.ts'

export interface JpegHeader {
  /** As seen: after EXIF orientation. */
  readonly size: Size
  /** 8-bit YCbCr, baseline, upright, without a color profile: its pixels need no more than decoding. */
  readonly ordinary: boolean
}

/**
 * What a JPEG says before its first scan; undefined where that is not plain to see. In the training loop libvips' own
 * header reader would cost a tenth of the decoding.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let frame: Frame | undefined
  let orientation = 1
  let profile = false
  let transform: number | undefined
  for (let at = 2; at + 9 < file.length && file[at] === 0xff;) {
    const marker = file[at + 1]!
    if (marker === startOfScan) {
      if (!frame) return undefined
      const ordinary = orientation === 1 && !profile && frame.plain && (transform ?? 1) === 1
      const { width, height } = frame
      return { size: orientation >= 5 ? { width: height, height: width } : { width, height }, ordinary }
    }
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (!hasLength(marker)) return undefined
    const length = file.readUInt16BE(at + 2)
    const segment = file.subarray(at + 4, at + 2 + length)
    if (isFrame(marker)) frame = frameOf(marker, segment)
    else if (marker === 0xe1) orientation = orientationOf(segment) ?? orientation
    else if (marker === 0xe2) profile ||= startsWith(segment, 'ICC_PROFILE\0')
    else if (marker === 0xee && startsWith(segment, 'Adobe')) transform = segment[11]
    at += 2 + length
  }
  return undefined
}

const startOfScan = 0xda

interface Frame extends Size {
  /** Baseline, 8 bits, and components numbered as in JFIF. */
  readonly plain: boolean
}

function frameOf(marker: number, segment: Buffer): Frame | undefined {
  if (segment.length < 6) return undefined
  const [height, width, components] = [segment.readUInt16BE(1), segment.readUInt16BE(3), segment[5]!]
  if (width === 0 || height === 0) return undefined
  const numbered = components === 3 && [6, 9, 12].every((at, index) => segment[at] === index + 1)
  return { width, height, plain: marker <= 0xc1 && segment[0] === 8 && numbered }
}

/** SOF0 … SOF15, without the tables that share their range. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function hasLength(marker: number): boolean {
  return marker >= 0xc0 && marker !== 0xd8 && marker !== 0xd9
}

function startsWith(segment: Buffer, text: string): boolean {
  return segment.toString('latin1', 0, text.length) === text
}

/** 1 … 8 as an EXIF segment says; undefined where it does not. */
function orientationOf(segment: Buffer): number | undefined {
  if (segment.length < 14 || !startsWith(segment, 'Exif\0\0')) return undefined
  const tiff = segment.subarray(6)
  const little = tiff[0] === 0x49
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return undefined
  const entries = short(directory)
  for (
    let entry = directory + 2;
    entry + 12 <= tiff.length && entry < directory + 2 + entries * 12;
    entry += 12
  ) {
    if (short(entry) !== 0x0112) continue
    const orientation = short(entry + 8)
    return orientation >= 1 && orientation <= 8 ? orientation : undefined
  }
  return undefined
}
