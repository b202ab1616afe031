import { createHash } from 'node:crypto'
import { closeSync, fstatSync, futimesSync, mkdirSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { statSync, writeSync, writevSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import type { RgbImage } from '../image/types.ts'
import { releaseReserved, reserve, stopWriting, type SharedCache } from './cacheFolder.ts'

/** Part of every key: raise it when the same file and form give other pixels than before. */
const VERSION = 4
const MAGIC = 0x32474756 // 'VGG2'
/** Magic, width, height, CRC-32 of the pixels; 32 bits each, little-endian. */
const HEADER = 16

/**
 * Where an image in a certain form is kept. A file is known by its content's hash and its size, or else by its path,
 * time and size. Null when the file is not there: that is for the decoder to report.
 *
 * @param form everything that the pixels depend on besides the file
 */
export function entryPath(cache: SharedCache, path: string, hash: string, form: string): string | null {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (!facts?.isFile()) return null
  const identity = hash === '' ? [path, facts.mtimeMs, facts.size] : [hash, facts.size]
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, form, ...identity]))
    .digest('hex')
  return join(cache.folder, key.slice(0, 2), `${key.slice(2, 40)}.rgb`)
}

/** The image kept at `path`, read into what `memory` gives for a number of bytes; null when there is none. */
export function readEntry(
  cache: SharedCache,
  path: string,
  memory: (bytes: number) => Uint8Array,
): RgbImage | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const { size, mtimeMs } = fstatSync(file)
    const bytes = memory(size)
    const image = readSync(file, bytes, 0, size, 0) === size ? parse(bytes) : null
    if (image && mtimeMs < cache.since) markUsed(file)
    if (!image) discard(cache, path, size)
    return image
  } catch {
    return null
  } finally {
    closeSync(file)
  }
}

/** Null for anything but what was written: power cuts leave parts behind, and old disks flip bits. */
function parse(bytes: Uint8Array): RgbImage | null {
  if (bytes.length < HEADER) return null
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER)
  const [magic, width, height, sum] = [0, 4, 8, 12].map((at) => header.readUInt32LE(at))
  const data = bytes.subarray(HEADER)
  if (magic !== MAGIC || data.length !== width! * height! * 3 || crc32(data) !== sum) return null
  return { width: width!, height: height!, data }
}

/** Marks it as used, so that room is made elsewhere first. */
function markUsed(file: number): void {
  try {
    const now = Date.now() / 1000
    futimesSync(file, now, now)
  } catch {
    // Some file systems want more rights for this than for reading; the entry then just goes earlier.
  }
}

function discard(cache: SharedCache, path: string, size: number): void {
  rmSync(path, { force: true })
  releaseReserved(cache, size)
}

/** Keeps an image when there is room; what goes wrong with the disk ends the keeping, never the loading. */
export function writeEntry(cache: SharedCache, path: string, image: RgbImage): void {
  const size = HEADER + image.data.length
  if (!reserve(cache, size)) return
  try {
    writeWhole(path, image)
  } catch (error) {
    releaseReserved(cache, size)
    if (!isMissing(error)) stopWriting(cache)
  }
}

/** Somebody has just deleted the folder: the next entry makes it again. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/**
 * Readers see a whole entry or none. Unlike base/files.ts it is not forced to the disk, which would cost more than
 * decoding: the checksum finds what a power cut spoils.
 */
function writeWhole(path: string, image: RgbImage): void {
  const temporary = `${path}.${process.pid}-${threadId}.tmp`
  try {
    const file = createIn(dirname(path), temporary)
    try {
      writeAll(file, header(image), image.data)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function header({ width, height, data }: RgbImage): Buffer {
  const bytes = Buffer.alloc(HEADER)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(width, 4)
  bytes.writeUInt32LE(height, 8)
  bytes.writeUInt32LE(crc32(data), 12)
  return bytes
}

function createIn(folder: string, path: string): number {
  try {
    return openSync(path, 'w')
  } catch {
    // The first entry of its folder, or somebody has just deleted the cache.
    mkdirSync(folder, { recursive: true })
    return openSync(path, 'w')
  }
}

function writeAll(file: number, header: Uint8Array, data: Uint8Array): void {
  let done = writevSync(file, [header, data]) - header.length
  while (done < data.length) done += writeSync(file, data, done)
}
