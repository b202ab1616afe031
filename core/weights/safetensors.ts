import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { StudioError } from '../base/errors.ts'
import { writeAtomic } from '../base/files.ts'
import { bytesOf, elementCount, type Tensor, type Tensors } from '../base/tensor.ts'
import { invalidSafetensors, parseHeader, type Entry, type Header } from './safetensorsHeader.ts'

/**
 * The safetensors format (github.com/huggingface/safetensors): length of the header as a little-endian 64-bit number,
 * the header as JSON, then the tensors' values, little-endian, without gaps. All platforms of Node that the studio
 * runs on are little-endian, so values move between memory and file as they are.
 */
const lengthBytes = 8
/** As in the reference implementation, against a length that is garbage. */
const longestHeader = 100_000_000
/** Bytes in one read or write: short enough for one system call, too long for its overhead to count. */
const chunkBytes = 16 * 2 ** 20

export interface StoredTensors {
  /** In the order of their data in the file, which is the order in which they were written. */
  readonly tensors: Tensors
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * In the metadata of files that were written here: CRC-32 of all bytes of the file, with the eight digits of itself as
 * zeros. It is what finds a flipped bit; SHA-256 would take ten times as long, a second for each gigabyte, at each save.
 */
const checksumKey = 'vgg-studio.crc32'
const noChecksum = '0'.repeat(8)
const checksumField = /("vgg-studio\.crc32":")([0-9a-f]{8})"/

/**
 * Writes tensors as F32, in their order, without a second copy in memory, with a checksum. Readers see the old file or
 * the whole new one, never a part.
 */
export async function writeSafetensors(
  path: string,
  tensors: Tensors,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const parts = [...tensors].map(([name, { shape, data }]) => {
    if (data.length !== elementCount(shape)) throw unstorable(name, shape)
    return { name, shape, load: () => data }
  })
  await writeSafetensorsParts(path, parts, metadata)
}

/** A tensor that is made when its turn to be written comes. */
export interface TensorPart {
  readonly name: string
  readonly shape: readonly number[]
  /** As many values as the shape says. */
  load(): Float32Array | Promise<Float32Array>
}

/** The same from tensors of which only one is in memory at a time. */
export async function writeSafetensorsParts(
  path: string,
  parts: readonly TensorPart[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const header = encodeHeader(parts, { ...metadata, [checksumKey]: noChecksum })
  await writeAtomic(path, async (file) => {
    await writeAll(file, header)
    let sum = crc32(header)
    for (const { name, shape, load } of parts) {
      const data = await load()
      if (data.length !== elementCount(shape)) throw unstorable(name, shape)
      const bytes = bytesOf(data)
      sum = crc32(bytes, sum)
      await writeAll(file, bytes)
    }
    await file.write(digits(sum), header.indexOf(`"${checksumKey}":"`) + checksumKey.length + 4)
  })
}

function unstorable(name: string, shape: readonly number[]): Error {
  return new Error(`Tensor ${name} of shape [${shape.join(', ')}] cannot be stored`)
}

/**
 * Reads all tensors; F16 and BF16 become 32-bit floats, exactly. Each is read straight into its own array.
 *
 * @throws StudioError `file-not-found`, `invalid-safetensors`, `unsupported-dtype`, naming the file and the tensor.
 */
export async function readSafetensors(path: string): Promise<StoredTensors> {
  return withFile(path, async (file) => {
    const { header, dataStart, bytes } = await readHeader(file, path)
    const { [checksumKey]: expected, ...metadata } = header.metadata
    const tensors = new Map<string, Tensor>()
    let sum = sumOfHeader(bytes)
    for (const entry of header.entries) {
      const tensor = await readTensor(file, entry, dataStart, path)
      if (expected !== undefined) sum = crc32(bytesOf(tensor.data), sum)
      tensors.set(entry.name, tensor)
    }
    // Other programs' files, and those of earlier versions, have none. Ours are F32 throughout.
    const isOurs = header.entries.every(({ type }) => type === 'F32')
    if (isOurs && expected !== undefined && digits(sum) !== expected) {
      throw invalidSafetensors(path, { code: 'checksum-differs', values: {} })
    }
    return { tensors, metadata }
  })
}

/** Checksum of the header with its length, as it was before the checksum was written into it. */
function sumOfHeader(bytes: Buffer): number {
  const match = checksumField.exec(bytes.toString('latin1'))
  if (!match) return 0
  const start = match.index + match[1]!.length
  const blank = crc32(noChecksum, crc32(bytes.subarray(0, start)))
  return crc32(bytes.subarray(start + noChecksum.length), blank)
}

/** The `__metadata__` alone, without reading the tensors; the header is checked all the same. */
export async function readSafetensorsMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  return withFile(path, async (file) => {
    const { [checksumKey]: _, ...metadata } = (await readHeader(file, path)).header.metadata
    return metadata
  })
}

/** Some of the tensors, and the `__metadata__`: the rest is not read, so that no checksum is verified. */
export async function readSafetensorsPart(path: string, wanted: ReadonlySet<string>): Promise<StoredTensors> {
  return withFile(path, async (file) => {
    const { header, dataStart } = await readHeader(file, path)
    const { [checksumKey]: _, ...metadata } = header.metadata
    const tensors = new Map<string, Tensor>()
    for (const entry of header.entries)
      if (wanted.has(entry.name)) tensors.set(entry.name, await readTensor(file, entry, dataStart, path))
    return { tensors, metadata }
  })
}

const digits = (sum: number): string => sum.toString(16).padStart(8, '0')

function encodeHeader(
  parts: readonly Omit<TensorPart, 'load'>[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let position = 0
  const entries = parts.map(({ name, shape }) => {
    if (name === '__metadata__') throw unstorable(name, shape)
    const begin = position
    position += elementCount(shape) * Float32Array.BYTES_PER_ELEMENT
    return [name, { dtype: 'F32', shape, data_offsets: [begin, position] }] as const
  })
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  // Spaces up to a multiple of 8, so that the values are aligned for readers that map the file.
  const length = Math.ceil(json.length / 8) * 8
  if (length > longestHeader) throw new Error(`A header of ${length} bytes is too long to be read again`)
  const bytes = Buffer.alloc(lengthBytes + length, ' ')
  bytes.writeBigUInt64LE(BigInt(length))
  json.copy(bytes, lengthBytes)
  return bytes
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(chunkBytes, bytes.length - done))
    done += bytesWritten
  }
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new StudioError('file-not-found', { path }, { cause: error })
  })
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

interface ReadHeader {
  readonly header: Header
  readonly dataStart: number
  /** With the length before it. */
  readonly bytes: Buffer
}

async function readHeader(file: FileHandle, path: string): Promise<ReadHeader> {
  const { size } = await file.stat()
  if (size < lengthBytes) throw invalidSafetensors(path, { code: 'too-short', values: { bytes: size } })
  const prefix = Buffer.alloc(lengthBytes)
  await readAll(file, prefix, 0, path)
  const length = Number(prefix.readBigUInt64LE())
  if (length > longestHeader)
    throw invalidSafetensors(path, { code: 'header-too-long', values: { bytes: length } })
  const dataStart = lengthBytes + length
  if (dataStart > size) throw invalidSafetensors(path, { code: 'ends-in-header', values: {} })
  const json = Buffer.alloc(length)
  await readAll(file, json, lengthBytes, path)
  const header = parseHeader(json.toString('utf8'), size - dataStart, path)
  return { header, dataStart, bytes: Buffer.concat([prefix, json]) }
}

async function readTensor(file: FileHandle, entry: Entry, dataStart: number, path: string): Promise<Tensor> {
  const data = new Float32Array(elementCount(entry.shape))
  if (entry.type === 'F32') {
    await readAll(file, new Uint8Array(data.buffer), dataStart + entry.begin, path)
    return { shape: entry.shape, data }
  }
  const chunk = new Uint8Array(Math.min(chunkBytes, entry.end - entry.begin))
  for (let position = entry.begin; position < entry.end; position += chunk.length) {
    const bytes = chunk.subarray(0, entry.end - position)
    await readAll(file, bytes, dataStart + position, path)
    const widen = entry.type === 'F16' ? widenF16 : widenBF16
    widen(bytes, data.subarray((position - entry.begin) / 2))
  }
  return { shape: entry.shape, data }
}

function widenF16(bytes: Uint8Array, target: Float32Array): void {
  target.set(new Float16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2))
}

/** A BF16 is the upper half of the same number as F32. */
function widenBF16(bytes: Uint8Array, target: Float32Array): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  const words = new Uint32Array(target.buffer, target.byteOffset, halves.length)
  for (let index = 0; index < halves.length; index++) words[index] = halves[index]! << 16
}

async function readAll(file: FileHandle, target: Uint8Array, start: number, path: string): Promise<void> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(chunkBytes, target.length - done)
    const { bytesRead } = await file.read(target, done, length, start + done).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error
      throw invalidSafetensors(path, { code: 'disk-unreadable', values: {} }, error)
    })
    if (bytesRead === 0) throw invalidSafetensors(path, { code: 'became-shorter', values: {} })
    done += bytesRead
  }
}
