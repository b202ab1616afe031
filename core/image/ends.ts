import type { ImageFormat } from './types.ts'

/**
 * Whether a file lacks the end that its format promises, where libvips does not always notice or tell (its messages may
 * be those of another thread): a JPEG the end after its last scan, a PNG its IEND, a WebP its length, a TIFF what its
 * first directory points to (libtiff reads zeros there). False for other formats.
 */
export function endsEarly(bytes: Uint8Array, format: ImageFormat): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (format === 'jpeg') return file.lastIndexOf(jpegEnd) < file.lastIndexOf(jpegScan)
  if (format === 'png') return file.lastIndexOf('IEND', file.length, 'latin1') < 0
  if (format === 'webp') return file.length < 12 || file.readUInt32LE(4) + 8 > file.length
  return format === 'tiff' && tiffEndsEarly(file)
}

/** Markers: in a scan's data 0xff is followed by 0. */
const jpegEnd = Buffer.of(0xff, 0xd9)
const jpegScan = Buffer.of(0xff, 0xda)

const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]
const stripOrTileOffsets = [273, 324]
const stripOrTileLengths = [279, 325]

function tiffEndsEarly(file: Buffer): boolean {
  if (file.length < 8) return true
  const little = file[0] === 0x49
  const short = (at: number): number => (little ? file.readUInt16LE(at) : file.readUInt16BE(at))
  const long = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  if (short(2) !== 42) return false // BigTIFF: left to libtiff
  const directory = long(4)
  if (directory + 2 > file.length || directory + 2 + short(directory) * 12 > file.length) return true
  let offsets: number[] = []
  let lengths: number[] = []
  for (let index = 0; index < short(directory); index++) {
    const entry = directory + 2 + index * 12
    const size = typeSizes[short(entry + 2)] ?? 1
    const count = long(entry + 4)
    const at = size * count > 4 ? long(entry + 8) : entry + 8
    if (at + size * count > file.length) return true
    const values = (): number[] =>
      Array.from({ length: count }, (_, i) => (size === 2 ? short(at + i * 2) : long(at + i * 4)))
    if (stripOrTileOffsets.includes(short(entry))) offsets = values()
    if (stripOrTileLengths.includes(short(entry))) lengths = values()
  }
  return offsets.some((offset, index) => offset + (lengths[index] ?? 0) > file.length)
}
