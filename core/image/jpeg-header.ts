import type { Size } from './types.ts'

/**
 * The size of a JPEG as seen (after EXIF orientation), from its header alone; undefined where that is not plain to see.
 * In the training loop libvips' own header reader would cost a tenth of the decoding.
 */
export function jpegSize(bytes: Uint8Array): Size | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let turned = false
  for (let at = 2; at + 9 < file.length && file[at] === 0xff;) {
    const marker = file[at + 1]!
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (isFrame(marker)) return sized(file.readUInt16BE(at + 7), file.readUInt16BE(at + 5), turned)
    if (!hasLength(marker)) return undefined
    const length = file.readUInt16BE(at + 2)
    if (marker === 0xe1) turned ||= isTurned(file.subarray(at + 4, at + 2 + length))
    at += 2 + length
  }
  return undefined
}

function sized(width: number, height: number, turned: boolean): Size | undefined {
  if (width === 0 || height === 0) return undefined
  return turned ? { width: height, height: width } : { width, height }
}

/** SOF0 … SOF15, without the tables that share their range. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function hasLength(marker: number): boolean {
  return marker >= 0xc0 && marker !== 0xd8 && marker !== 0xd9 && marker !== 0xda
}

/** Whether an EXIF segment says that rows and columns change places (orientation 5 … 8). */
function isTurned(segment: Buffer): boolean {
  if (segment.length < 14 || segment.toString('latin1', 0, 6) !== 'Exif\0\0') return false
  const tiff = segment.subarray(6)
  const little = tiff[0] === 0x49
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return false
  const entries = short(directory)
  for (
    let entry = directory + 2;
    entry + 12 <= tiff.length && entry < directory + 2 + entries * 12;
    entry += 12
  ) {
    if (short(entry) === 0x0112) return short(entry + 8) >= 5 && short(entry + 8) <= 8
  }
  return false
}
