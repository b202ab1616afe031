import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { StudioError } from '../base/errors.ts'
import { temporaryPath } from '../base/temporary.ts'
import type { Row } from './types.ts'

/**
 * A file of rows (see Row): full class probabilities as 32-bit floats, losslessly compressed, with the true class's
 * log-probability beside. It is a sequence of chunks, each whole in itself, so that what was written before a process
 * was killed can be read. Numbers are little-endian:
 * ```
 * header  20 bytes: "VGP1", rows, classes, bytes of the body, CRC-32 of the body (32-bit each)
 * body    zstd of: items (rows × uint32), log-probabilities (rows × float64), probabilities (rows × classes × float32,
 *         the first bytes of all floats, then the second, …: exponents compress, mantissas hardly do)
 * ```
 */
const magic = 0x31504756
const headerBytes = 20
const rowsPerChunk = 256

export interface RowWriter {
  add(row: Row): void
  /** Writes the rows that are still in memory. */
  flush(): void
  close(): void
}

/** Appends rows to a file, which is made where it is missing; a broken end (see readRows) is cut off. */
export function openRowWriter(path: string): RowWriter {
  const file = openSync(path, 'a+')
  ftruncateSync(file, wholeBytes(file))
  let rows: Row[] = []
  const flush = (): void => {
    if (rows.length === 0) return
    writeSync(file, encode(rows))
    rows = []
  }
  return {
    add(row) {
      if (rows.push(row) === rowsPerChunk) flush()
    },
    flush,
    close() {
      flush()
      closeSync(file)
    },
  }
}

/**
 * The rows of a file in the order in which they were written, chunk by chunk. An incomplete or damaged chunk ends them.
 * @throws StudioError `not-found` where there is no file
 */
export function* readRows(path: string): Generator<Row, void, undefined> {
  const file = open(path)
  try {
    for (let at = 0; ;) {
      const chunk = chunkAt(file, at)
      if (!chunk) return
      yield* decode(chunk)
      at += headerBytes + chunk.body.length
    }
  } finally {
    closeSync(file)
  }
}

/**
 * Brings the rows of a file, which is replaced, into the order of their items. They are merged from the stretches that
 * ascend already, of which one chunk each is in memory.
 */
export function sortRows(path: string): void {
  const stretches = ascendingStretches(path)
  if (stretches.length < 2) return
  const sorted = temporaryPath(path)
  const file = open(path)
  try {
    const writer = openRowWriter(sorted)
    for (const row of merged(stretches.map((stretch) => stretchRows(file, stretch)))) writer.add(row)
    writer.close()
  } catch (error) {
    rmSync(sorted, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(sorted, path)
}

/** Rows one after the other in a file, whose items ascend. */
interface Stretch {
  /** Where the chunk with its first row begins, and that row's place in the chunk. */
  readonly at: number
  readonly skip: number
  rows: number
}

function ascendingStretches(path: string): readonly Stretch[] {
  const stretches: Stretch[] = []
  const file = open(path)
  try {
    let [last, at] = [0, 0]
    for (let chunk = chunkAt(file, at); chunk; chunk = chunkAt(file, at)) {
      let place = 0
      for (const { item } of decode(chunk)) {
        if (stretches.length === 0 || item < last) stretches.push({ at, skip: place, rows: 0 })
        stretches.at(-1)!.rows++
        last = item
        place++
      }
      at += headerBytes + chunk.body.length
    }
  } finally {
    closeSync(file)
  }
  return stretches
}

function* stretchRows(file: number, { at, skip, rows }: Stretch): Generator<Row, void, undefined> {
  let [left, first] = [rows, skip]
  for (let place = at; left > 0;) {
    const chunk = chunkAt(file, place)!
    for (const row of decode(chunk)) {
      if (first-- > 0) continue
      yield row
      if (--left === 0) return
    }
    place += headerBytes + chunk.body.length
  }
}

/** The rows of all, by item. */
function* merged(sources: readonly Iterator<Row, void>[]): Generator<Row, void, undefined> {
  const heads = sources.flatMap((source) => {
    const { value } = source.next()
    return value ? [{ source, row: value }] : []
  })
  while (heads.length > 0) {
    const head = heads.reduce((least, one) => (one.row.item < least.row.item ? one : least))
    yield head.row
    const { value } = head.source.next()
    if (value) head.row = value
    else heads.splice(heads.indexOf(head), 1)
  }
}

/** Upper bound of the bytes that the rows of this many images take, stated before an evaluation starts. */
export function maxBytes(images: number, classes: number): number {
  return images * (4 * classes + 12) + Math.ceil(images / rowsPerChunk) * (headerBytes + 64)
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new StudioError('not-found', { what: 'probabilities', path }, { cause })
  }
}

function encode(rows: readonly Row[]): Buffer {
  const classes = rows[0]!.probabilities.length
  const count = rows.length
  const raw = Buffer.alloc(count * (12 + 4 * classes))
  const floats = new Float32Array(count * classes)
  rows.forEach(({ item, logProbability, probabilities }, index) => {
    raw.writeUInt32LE(item, 4 * index)
    raw.writeDoubleLE(logProbability, 4 * count + 8 * index)
    floats.set(probabilities, index * classes)
  })
  const bytes = new Uint8Array(floats.buffer)
  const from = 12 * count
  for (let index = 0; index < floats.length; index++) {
    for (let byte = 0; byte < 4; byte++) raw[from + byte * floats.length + index] = bytes[4 * index + byte]!
  }
  const body = zstdCompressSync(raw)
  const header = Buffer.alloc(headerBytes)
  ;[magic, count, classes, body.length, crc32(body)].forEach((value, index) =>
    header.writeUInt32LE(value, 4 * index),
  )
  return Buffer.concat([header, body])
}

interface Chunk {
  readonly count: number
  readonly classes: number
  readonly body: Buffer
}

function* decode({ count, classes, body }: Chunk): Generator<Row, void, undefined> {
  const raw = zstdDecompressSync(body)
  const total = count * classes
  const bytes = new Uint8Array(4 * total)
  for (let index = 0; index < total; index++) {
    for (let byte = 0; byte < 4; byte++) bytes[4 * index + byte] = raw[12 * count + byte * total + index]!
  }
  const floats = new Float32Array(bytes.buffer)
  for (let index = 0; index < count; index++) {
    yield {
      item: raw.readUInt32LE(4 * index),
      logProbability: raw.readDoubleLE(4 * count + 8 * index),
      probabilities: floats.slice(index * classes, (index + 1) * classes),
    }
  }
}

/** Null where no whole chunk begins. */
function chunkAt(file: number, at: number): Chunk | null {
  const header = Buffer.alloc(headerBytes)
  if (readSync(file, header, 0, headerBytes, at) < headerBytes) return null
  const [word, count, classes, length, crc] = [0, 1, 2, 3, 4].map((index) => header.readUInt32LE(4 * index))
  if (word !== magic || at + headerBytes + length! > fstatSync(file).size) return null
  const body = Buffer.alloc(length!)
  readSync(file, body, 0, length!, at + headerBytes)
  return crc32(body) === crc ? { count: count!, classes: classes!, body } : null
}

function wholeBytes(file: number): number {
  let at = 0
  for (let chunk = chunkAt(file, at); chunk; chunk = chunkAt(file, at)) at += headerBytes + chunk.body.length
  return at
}
