/** The first image of a TIFF file, as its directory describes it. */
export interface TiffHeader {
  /** Whole numbers of a tag (TIFF 6.0), in order; undefined where the tag is absent or holds no whole numbers. */
  values(tag: number): readonly number[] | undefined
  /** False where the directory, or something that it points to, lies beyond the file's end. */
  readonly whole: boolean
}

const sizes: Readonly<Record<number, number>> = {
  1: 1, // BYTE
  2: 1,
  3: 2, // SHORT
  4: 4, // LONG
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8, // LONG8
  17: 8,
  18: 8,
}
const wholeNumbers = new Set([1, 3, 4, 13, 16])

/** Reads the header of a classic or a big TIFF; of a file that is cut, what is there. */
export function tiffHeader(bytes: Uint8Array): TiffHeader {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const tags = new Map<number, readonly number[]>()
  const whole = readDirectory(numbersOf(file), tags)
  return { values: (tag) => tags.get(tag), whole }
}

interface Numbers {
  readonly length: number
  read(at: number, size: number): number
}

function numbersOf(file: Buffer): Numbers {
  const little = file[0] === 0x49
  const read = (at: number, size: number): number => {
    if (size === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at))
    return little ? file.readUIntLE(at, size) : file.readUIntBE(at, size)
  }
  return { length: file.length, read }
}

function readDirectory({ length, read }: Numbers, tags: Map<number, readonly number[]>): boolean {
  if (length < 16) return false
  const big = read(2, 2) === 43
  // Bytes of a pointer or a count, and of the number of entries.
  const [pointer, counter] = big ? [8, 8] : [4, 2]
  const entrySize = 4 + 2 * pointer
  const directory = read(big ? 8 : 4, pointer)
  if (directory + counter > length) return false
  const entries = read(directory, counter)
  let whole = true
  for (let index = 0; index < entries; index++) {
    const entry = directory + counter + index * entrySize
    if (entry + entrySize > length) return false
    const type = read(entry + 2, 2)
    const size = sizes[type] ?? 1
    const count = read(entry + 4, pointer)
    const inline = entry + 4 + pointer
    const at = size * count > pointer ? read(inline, pointer) : inline
    if (at + size * count > length) whole = false
    else if (wholeNumbers.has(type))
      tags.set(
        read(entry, 2),
        Array.from({ length: count }, (_, place) => read(at + place * size, size)),
      )
  }
  return whole
}
