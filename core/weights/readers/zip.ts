import { createReadStream, createWriteStream, read } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'
import { messageOf, StudioError } from '../../base/errors.ts'
import { invalidWeights } from './bytes.ts'

export interface ZipMember {
  readonly name: string
  readonly size: number
  /** Bytes that it takes in the archive. */
  readonly packed: number
  /** The bytes lie in the archive as they are. */
  readonly stored: boolean
  /** First byte in the archive. */
  position(): Promise<number>
  /** Writes it to a file: no more bytes than `size`. */
  extract(path: string): Promise<void>
}

export interface Zip {
  readonly members: ReadonlyMap<string, ZipMember>
  close(): void
}

const mostMembers = 100_000
/** Names, comments and extra fields of all members: bytes. */
const longestDirectory = 64 * 2 ** 20

/**
 * The directory of an archive. Names are for looking up, never paths; those that would lead out of a folder are
 * refused all the same.
 * @throws StudioError `invalid-weights`
 */
export async function openZip(path: string): Promise<Zip> {
  const file = await open(path, 'r')
  const { size } = await file.stat()
  const zip = await fromRandomAccessReaderPromise(new BoundedReader(path, file, size), size, {
    autoClose: false,
    strictFileNames: false,
  }).catch(async (error: unknown) => {
    await file.close()
    throw invalidWeights(path, { code: 'zip-broken', values: { detail: messageOf(error) } }, error)
  })
  try {
    const members = new Map<string, ZipMember>()
    let bytes = 0
    for await (const entry of zip.eachEntry()) {
      bytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
      if (bytes > longestDirectory) throw invalidWeights(path, { code: 'directory-too-long', values: {} })
      if (members.size >= mostMembers)
        throw invalidWeights(path, { code: 'too-many-members', values: { most: mostMembers } })
      if (members.has(entry.fileName))
        throw invalidWeights(path, { code: 'member-twice', values: { member: entry.fileName } })
      members.set(entry.fileName, memberOf(path, zip, entry))
    }
    return { members, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error instanceof StudioError
      ? error
      : invalidWeights(path, { code: 'zip-broken', values: { detail: messageOf(error) } }, error)
  }
}

/**
 * Reads a file in which offsets may be garbage: what lies beyond its ends is an error that is handed on. yauzl's own
 * reader gives such an offset to the system, which throws where nobody can catch it.
 */
class BoundedReader extends RandomAccessReader {
  private readonly path: string
  private readonly file: FileHandle
  private readonly size: number

  constructor(path: string, file: FileHandle, size: number) {
    super()
    this.path = path
    this.file = file
    this.size = size
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position >= 0 && length >= 0 && position + length <= this.size)
      read(this.file.fd, buffer, offset, length, position, callback)
    else callback(new Error('an offset lies beyond its end'))
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.path, { start, end: Math.max(start, end - 1) })
  }

  override close(callback: (error: Error | null) => void): void {
    this.file.close().then(() => callback(null), callback)
  }
}

function memberOf(path: string, zip: ZipFile, entry: Entry): ZipMember {
  const broken = (error: unknown): Error =>
    invalidWeights(
      path,
      { code: 'member-broken', values: { member: entry.fileName, detail: messageOf(error) } },
      error,
    )
  return {
    name: entry.fileName,
    size: entry.uncompressedSize,
    packed: entry.compressedSize,
    stored: entry.compressionMethod === 0 && !entry.isEncrypted(),
    async position() {
      try {
        return (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart
      } catch (error) {
        throw broken(error)
      }
    },
    async extract(target) {
      try {
        // The stream ends with an error where more or fewer bytes come than the directory says.
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { flags: 'wx' }))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error
        throw broken(error)
      }
    },
  }
}
