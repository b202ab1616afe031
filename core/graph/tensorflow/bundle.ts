import protobuf from 'protobufjs'
import { StudioError } from '../../base/errors.ts'
import { maskedCrc32c } from './crc32c.ts'
import { dataTypes, shapeProto } from './schema.ts'

/** tensor_bundle.proto, field numbers as there. */
const schema = `
syntax = "proto3";
package tensorflow;
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message BundleHeaderProto { int32 num_shards = 1; int32 endianness = 2; VersionDef version = 3; }
message BundleEntryProto {
  int32 dtype = 1; TensorShapeProto shape = 2; int32 shard_id = 3; int64 offset = 4; int64 size = 5; fixed32 crc32c = 6;
}
`
const { root } = protobuf.parse(schema, { keepCase: true })
const headerType = root.lookupType('tensorflow.BundleHeaderProto')
const entryType = root.lookupType('tensorflow.BundleEntryProto')

/** Where a tensor of 32-bit floats lies in the file of values. */
export interface BundleEntry {
  readonly shape: readonly number[]
  /** Bytes. */
  readonly offset: number
  readonly size: number
}

/** Content of `variables.index` for values that lie one after the other in `variables.data-00000-of-00001`. */
export function bundleIndex(
  tensors: readonly {
    readonly name: string
    readonly shape: readonly number[]
    readonly content: Uint8Array
  }[],
): Uint8Array {
  let offset = 0
  const entries = tensors.map(({ name, shape, content }) => {
    const place = { shard_id: 0, offset, size: content.length, crc32c: maskedCrc32c(content) }
    offset += content.length
    return [
      name,
      entryType.encode({ dtype: dataTypes.float, shape: shapeProto(shape), ...place }).finish(),
    ] as const
  })
  const header = headerType.encode({ num_shards: 1, endianness: 0, version: { producer: 1 } }).finish()
  return table([
    ['', header],
    ...entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  ])
}

/** What such an index says. @throws StudioError `not-an-export` where it is none, or damaged */
export function readBundleIndex(bytes: Uint8Array, path: string): ReadonlyMap<string, BundleEntry> {
  const entries = readTable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (entries === null) throw new StudioError('not-an-export', { folder: path })
  return new Map(
    entries.slice(1).map(([name, value]) => {
      const entry = entryType.toObject(entryType.decode(value), { longs: Number, defaults: true }) as {
        readonly shape: { readonly dim?: readonly { readonly size: number }[] }
        readonly offset: number
        readonly size: number
      }
      const shape = (entry.shape.dim ?? []).map(({ size }) => size)
      return [name, { shape, offset: entry.offset, size: entry.size }]
    }),
  )
}

const magic = Buffer.from('57fb808b247547db', 'hex')
const footerSize = 48

/** A sorted table as LevelDB writes it: one block of entries, none of them shortened, and one that finds it. */
function table(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const [data, metadata] = [block(entries), block([])]
  const dataHandle = handle(0, data.length - trailerSize)
  const metadataHandle = handle(data.length, metadata.length - trailerSize)
  const index = block([[entries.at(-1)![0], dataHandle]])
  const handles = Buffer.concat([
    metadataHandle,
    handle(data.length + metadata.length, index.length - trailerSize),
  ])
  const footer = Buffer.concat([handles, Buffer.alloc(footerSize - magic.length - handles.length), magic])
  return Buffer.concat([data, metadata, index, footer])
}

/** Kind of compression (none), and a sum. */
const trailerSize = 5

function block(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = []
  const starts: number[] = []
  let length = 0
  for (const [key, value] of entries) {
    const name = Buffer.from(key)
    const entry = Buffer.concat([varint(0), varint(name.length), varint(value.length), name, value])
    starts.push(length)
    parts.push(entry)
    length += entry.length
  }
  const restarts = starts.length === 0 ? [0] : starts
  const tail = Buffer.from(Uint32Array.from([...restarts, restarts.length]).buffer)
  const content = Buffer.concat([...parts, tail, Buffer.of(0)])
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(maskedCrc32c(content))
  return Buffer.concat([content, sum])
}

/** Null where it is no such table, or not whole. */
function readTable(file: Buffer): (readonly [string, Uint8Array])[] | null {
  if (file.length < footerSize || !file.subarray(-magic.length).equals(magic)) return null
  const reader = protobuf.Reader.create(file.subarray(-footerSize))
  const [, , indexOffset, indexSize] = Array.from({ length: 4 }, () => reader.uint32())
  const index = readBlock(file, indexOffset!, indexSize!)
  return (
    index?.flatMap(([, place]) => {
      const at = protobuf.Reader.create(place)
      return readBlock(file, at.uint32(), at.uint32()) ?? []
    }) ?? null
  )
}

function readBlock(file: Buffer, offset: number, size: number): (readonly [string, Uint8Array])[] | null {
  const content = file.subarray(offset, offset + size + 1)
  if (content.length <= size || content[size] !== 0) return null
  if (file.readUInt32LE(offset + size + 1) !== maskedCrc32c(content)) return null
  const end = size - 4 - 4 * content.readUInt32LE(size - 4)
  const reader = protobuf.Reader.create(content.subarray(0, end))
  const entries: (readonly [string, Uint8Array])[] = []
  let key = Buffer.alloc(0)
  while (reader.pos < end) {
    const [shared, rest, length] = [reader.uint32(), reader.uint32(), reader.uint32()]
    const at = reader.pos
    key = Buffer.concat([key.subarray(0, shared), content.subarray(at, at + rest)])
    entries.push([key.toString(), content.subarray(at + rest, at + rest + length)])
    reader.skip(rest + length)
  }
  return entries
}

const handle = (offset: number, size: number): Buffer => Buffer.concat([varint(offset), varint(size)])
const varint = (value: number): Uint8Array => protobuf.Writer.create().uint64(value).finish()
