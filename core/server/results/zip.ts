import { createReadStream } from 'node:fs'
import { crc32 } from 'node:zlib'

export interface ZipEntry {
  /** Path in the archive, `/` between folders. */
  readonly name: string
  readonly path: string
}

const version = 20
/** Sizes and checksum follow the content; names are UTF-8. */
const flags = 0x0808
/** 1980-01-01: archives of the same files are the same. */
const date = 0x0021

interface Written extends ZipEntry {
  readonly crc: number
  readonly size: number
  readonly offset: number
}

/**
 * Files as a ZIP archive (APPNOTE 6.3, stored: weights don't compress), piece by piece. Each file and the whole below
 * 4 GB.
 */
export async function* zip(entries: readonly ZipEntry[]): AsyncGenerator<Buffer, void, undefined> {
  const written: Written[] = []
  let offset = 0
  for (const entry of entries) {
    const start = offset
    const header = localHeader(entry.name)
    yield header
    let crc = 0
    let size = 0
    for await (const chunk of createReadStream(entry.path) as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc)
      size += chunk.length
      yield chunk
    }
    const trailer = descriptor(crc, size)
    yield trailer
    offset += header.length + size + trailer.length
    written.push({ ...entry, crc, size, offset: start })
  }
  const directory = Buffer.concat(written.map(directoryEntry))
  yield directory
  yield end(written.length, directory.length, offset)
}

function localHeader(name: string): Buffer {
  const text = Buffer.from(name)
  return Buffer.concat([
    fields(
      [4, 0x04034b50],
      [2, version],
      [2, flags],
      [2, 0],
      [2, 0],
      [2, date],
      [4, 0],
      [4, 0],
      [4, 0],
      [2, text.length],
      [2, 0],
    ),
    text,
  ])
}

function descriptor(crc: number, size: number): Buffer {
  return fields([4, 0x08074b50], [4, crc], [4, size], [4, size])
}

function directoryEntry({ name, crc, size, offset }: Written): Buffer {
  const text = Buffer.from(name)
  const fixed = fields(
    [4, 0x02014b50],
    [2, version],
    [2, version],
    [2, flags],
    [2, 0],
    [2, 0],
    [2, date],
    [4, crc],
    [4, size],
    [4, size],
    [2, text.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, offset],
  )
  return Buffer.concat([fixed, text])
}

function end(count: number, size: number, offset: number): Buffer {
  return fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0])
}

/** Little-endian numbers of two or four bytes, one after the other. */
function fields(...values: readonly (readonly [2 | 4, number])[]): Buffer {
  const bytes = Buffer.alloc(values.reduce((sum, [length]) => sum + length, 0))
  let at = 0
  for (const [length, value] of values) {
    if (length === 2) bytes.writeUInt16LE(value, at)
    else bytes.writeUInt32LE(value >>> 0, at)
    at += length
  }
  return bytes
}
