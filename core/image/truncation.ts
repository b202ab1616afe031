import { segmentsOf, startOfScan } from './jpegSegments.ts'
import { tiffHeader } from './tiffHeader.ts'
import type { ImageFormat } from './types.ts'

/**
 * Whether a file lacks the end that its format promises. What libvips says of that can't be told apart from what it says
 * of other files that are being decoded, and libtiff reads zeros beyond the end without a word.
 */
export function isTruncated(bytes: Uint8Array, format: ImageFormat): boolean {
  return ends[format](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
}

const ends: Readonly<Record<ImageFormat, (file: Buffer) => boolean>> = {
  jpeg: jpegEndsEarly,
  png: (file) => file.lastIndexOf('IEND', file.length, 'latin1') < 0,
  webp: (file) => file.length < 12 || file.readUInt32LE(4) + 8 > file.length,
  gif: gifEndsEarly,
  tiff: tiffEndsEarly,
  avif: avifEndsEarly,
}

/** Markers: in a scan's data 0xff is followed by 0. */
const jpegEnd = Buffer.of(0xff, 0xd9)
const jpegScan = Buffer.of(0xff, startOfScan)

function jpegEndsEarly(file: Buffer): boolean {
  const scan = file.lastIndexOf(jpegScan)
  if (scan >= 0) return file.lastIndexOf(jpegEnd) < scan
  return file.lastIndexOf(jpegEnd) < 0 && ![...segmentsOf(file)].some(({ marker }) => marker === startOfScan)
}

/** Blocks up to the first image's end; what follows are other frames. */
function gifEndsEarly(file: Buffer): boolean {
  if (file.length < 13) return true
  const table = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)
  const afterBlocks = (from: number): number => {
    let at = from
    while (at < file.length && file[at] !== 0) at += 1 + file[at]!
    return at + 1
  }
  let at = 13 + table(file[10]!)
  while (at < file.length) {
    if (file[at] === 0x21) at = afterBlocks(at + 2)
    else if (file[at] === 0x2c) return afterBlocks(at + 11 + table(file[at + 9] ?? 0)) > file.length
    else return false
  }
  return true
}

const stripOrTileOffsets = [273, 324]
const stripOrTileLengths = [279, 325]

function tiffEndsEarly(file: Buffer): boolean {
  const header = tiffHeader(file)
  if (!header.whole) return true
  const of = (tags: readonly number[]): readonly number[] => tags.flatMap((tag) => header.values(tag) ?? [])
  const lengths = of(stripOrTileLengths)
  return of(stripOrTileOffsets).some((offset, index) => offset + (lengths[index] ?? 0) > file.length)
}

/** Boxes of an ISO media file: 0 reaches to its end, 1 is followed by a length of 8 bytes. */
function avifEndsEarly(file: Buffer): boolean {
  for (let at = 0; at < file.length;) {
    if (at + 16 > file.length) return true
    const short = file.readUInt32BE(at)
    if (short === 0) return false
    const length = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short
    if (length < 8) return false
    at += length
    if (at > file.length) return true
  }
  return false
}
