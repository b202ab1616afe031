export interface Segment {
  /** Second byte of the marker. */
  readonly marker: number
  /** Without marker and length. */
  readonly data: Buffer
  /** Position of the first byte after it: of the entropy-coded data, where it starts a scan. */
  readonly end: number
}

export const startOfScan = 0xda
const endOfImage = 0xd9

/**
 * The segments of a JPEG file in order, from the first after its start to the end of the image; entropy-coded data and
 * bytes between segments are passed over. Ends without a word where the file does, or a segment is cut.
 */
export function* segmentsOf(bytes: Uint8Array): Generator<Segment, void, undefined> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = nextMarker(file, 2); at !== undefined;) {
    const marker = file[at + 1]!
    if (marker === endOfImage) return
    if (!hasLength(marker)) {
      at = nextMarker(file, at + 2)
      continue
    }
    if (at + 4 > file.length) return
    const end = at + 2 + file.readUInt16BE(at + 2)
    if (end > file.length || end < at + 4) return
    yield { marker, data: file.subarray(at + 4, end), end }
    at = nextMarker(file, end)
  }
}

/** Position of the next 0xff that no stuffing (0), fill byte or restart follows. */
function nextMarker(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1]!
    if (next !== 0 && next !== 0xff && !isRestart(next)) return at
  }
  return undefined
}

export function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7
}

function hasLength(marker: number): boolean {
  return marker >= 0xc0 && marker !== 0xd8 && !isRestart(marker)
}

/** SOF0 … SOF15, without the tables that share their range, and JPEG-LS's. */
export function isFrame(marker: number): boolean {
  return (
    (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) ||
    marker === 0xf7
  )
}
