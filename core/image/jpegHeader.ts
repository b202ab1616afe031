import { isFrame, segmentsOf, startOfScan } from './jpegSegments.ts'
import type { Size } from './types.ts'

export interface JpegHeader {
  /** As seen: after EXIF orientation. */
  readonly size: Size
  /** 8-bit YCbCr, baseline, upright, without a color profile: its pixels need no more than decoding. */
  readonly ordinary: boolean
}

/**
 * What a JPEG says before its first scan; undefined where that is not plain to see: libvips, which turns the picture, may
 * read an unusual header in another way. In the training loop its own header reader would cost a tenth of the decoding.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  let frame: Frame | undefined
  let orientation: number | undefined
  let profile = false
  let transform: number | undefined
  let expected = 2
  for (const { marker, data, end } of segmentsOf(bytes)) {
    // Nothing between the segments.
    if (end - data.length - 4 !== expected) return undefined
    expected = end
    if (marker === startOfScan) {
      if (!frame) return undefined
      const upright = orientation === undefined || orientation === 1
      const ordinary = upright && !profile && frame.plain && (transform ?? 1) === 1
      const { width, height } = frame
      return {
        size: (orientation ?? 1) >= 5 ? { width: height, height: width } : { width, height },
        ordinary,
      }
    }
    if (isFrame(marker)) {
      if (frame) return undefined
      frame = frameOf(marker, data)
      if (!frame) return undefined
    } else if (marker === 0xe1 && startsWith(data, 'Exif')) {
      // A second block, or one that leaves a doubt.
      if (orientation !== undefined) return undefined
      orientation = orientationOf(data)
      if (orientation === undefined) return undefined
    } else if (marker === 0xe2) profile ||= startsWith(data, 'ICC_PROFILE\0')
    else if (marker === 0xee && startsWith(data, 'Adobe')) transform = data[11]
  }
  return undefined
}

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

function startsWith(segment: Buffer, text: string): boolean {
  return segment.toString('latin1', 0, text.length) === text
}

const orientationTag = 0x0112
const [byteType, shortType] = [1, 3]

interface Tag {
  readonly type: number
  readonly count: number
  /** Read as a SHORT. */
  readonly value: number
}

/** 1 … 8 as an EXIF segment says, 1 where it says nothing; undefined where it is not as EXIF has it. */
function orientationOf(segment: Buffer): number | undefined {
  const tags = orientationTags(segment)
  if (tags === undefined || tags.length > 1) return undefined
  const [tag = { type: shortType, count: 1, value: 1 }] = tags
  const regular = tag.type === shortType && tag.count === 1 && tag.value >= 1 && tag.value <= 8
  return regular ? tag.value : undefined
}

/**
 * Whether a JPEG's orientation is none: written as a BYTE, which viewers and Pillow do not turn by. libvips would.
 */
export function isUpright(bytes: Uint8Array): boolean {
  for (const { marker, data } of segmentsOf(bytes)) {
    if (marker === startOfScan) return false
    if (marker === 0xe1 && startsWith(data, 'Exif\0\0')) return orientationTags(data)?.[0]?.type === byteType
  }
  return false
}

/** Tags of the first directory; undefined where the segment holds none, or only part of it. */
function orientationTags(segment: Buffer): readonly Tag[] | undefined {
  if (segment.length < 16 || !startsWith(segment, 'Exif\0\0')) return undefined
  const tiff = segment.subarray(6)
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return undefined
  const read = (at: number, size: 2 | 4): number =>
    order === 'II' ? tiff.readUIntLE(at, size) : tiff.readUIntBE(at, size)
  const directory = read(4, 4)
  if (read(2, 2) !== 42 || directory < 8 || directory + 2 > tiff.length) return undefined
  const first = directory + 2
  const entries = read(directory, 2)
  if (first + entries * 12 > tiff.length) return undefined
  return Array.from({ length: entries }, (_, index) => first + index * 12)
    .filter((entry) => read(entry, 2) === orientationTag)
    .map((entry) => ({ type: read(entry + 2, 2), count: read(entry + 4, 4), value: read(entry + 8, 2) }))
}
