import { invalidWeights, type ByteFile } from './bytes.ts'
import { readPickle, type PickleValue } from './pickle.ts'
import { torchWorld } from './torchNames.ts'
import { stateDict, storageType, TensorView, type Storage } from './torchTensors.ts'
import type { WeightsFile } from './types.ts'

/**
 * PyTorch's first format, up to 0.1.10 (torch/serialization.py, `legacy_load`): a tar of `storages`, `tensors` and
 * `pickle`, the first two made of pickles with raw values between them.
 */
const longestPickles = 64 * 2 ** 20
const mostParts = 100_000
const block = 512

interface Member {
  readonly position: number
  readonly size: number
}

/** Whether the bytes at 257 are a tar's. @param head the file's first 512 bytes */
export function isTar(head: Buffer): boolean {
  return head.length >= block && head.toString('latin1', 257, 262) === 'ustar'
}

export async function readTorchTar(file: ByteFile): Promise<WeightsFile> {
  const { path } = file
  const members = await listMembers(file)
  const member = (name: string): Member => {
    const found = members.get(name)
    if (!found) throw invalidWeights(path, { code: 'tar-lacks', values: { member: name } })
    return found
  }
  const storages = await readStorages(file, member('storages'))
  const tensors = await readTensors(file, member('tensors'), storages)
  const { position, size } = member('pickle')
  if (size > longestPickles) throw invalidWeights(path, { code: 'pickle-too-long', values: {} })
  const world = torchWorld((id) => (Array.isArray(id) ? (id as PickleValue[])[0] : tensors.get(String(id))))
  const { value } = readPickle(await file.read(position, size), 0, world)
  return {
    path,
    format: 'pytorch-tar',
    layout: 'pytorch',
    tensors: stateDict(file, value),
    metadata: {},
    graph: null,
    close: () => file.close(),
  }
}

/** Names are looked up, never used as paths. */
async function listMembers(file: ByteFile): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>()
  for (let at = 0; at + block <= file.size && members.size < 100;) {
    const header = await file.read(at, block)
    if (header[0] === 0) break
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '').replace(/^\.\//, '')
    const size = parseInt(header.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim() || '0', 8)
    if (!Number.isSafeInteger(size) || size < 0)
      throw invalidWeights(file.path, { code: 'tar-member-without-size', values: {} })
    members.set(name, { position: at + block, size })
    at += block + Math.ceil(size / block) * block
  }
  return members
}

/** Reads pickles one after another, with raw bytes between them. */
class Sequence {
  at: number
  private readonly file: ByteFile
  private readonly end: number

  constructor(file: ByteFile, { position, size }: Member) {
    this.file = file
    this.at = position
    this.end = Math.min(file.size, position + size)
  }

  async pickle(): Promise<PickleValue> {
    // Each is short: a number, or a key with a type.
    for (let length = 4096; ; length *= 16) {
      const bytes = await this.file.read(this.at, Math.max(0, Math.min(length, this.end - this.at)))
      try {
        const { value, end } = readPickle(
          bytes,
          0,
          torchWorld(() => null),
        )
        this.at += end
        return value
      } catch (error) {
        if (bytes.length < length || length > longestPickles) throw error
      }
    }
  }

  async count(): Promise<number> {
    const value = await this.pickle()
    if (typeof value === 'number' && value >= 0 && value <= mostParts) return value
    throw invalidWeights(this.file.path, { code: 'parts-uncounted', values: {} })
  }

  async bytes(length: number): Promise<Buffer> {
    this.at += length
    return this.file.read(this.at - length, length)
  }
}

async function readStorages(file: ByteFile, member: Member): Promise<ReadonlyMap<string, Storage>> {
  const sequence = new Sequence(file, member)
  const storages = new Map<string, Storage>()
  for (let left = await sequence.count(); left > 0; left--) {
    const [key, , name] = (await sequence.pickle()) as PickleValue[]
    const type = storageType(name)
    if (!type) throw invalidWeights(file.path, { code: 'storage-unknown-type', values: {} })
    const length = Number((await sequence.bytes(8)).readBigInt64LE())
    if (!(length >= 0 && length * type.bytes <= file.size))
      throw invalidWeights(file.path, { code: 'storage-too-long', values: {} })
    const storage = { kind: 'storage' as const, type: type.type, bytesPerValue: type.bytes, length }
    storages.set(String(key), { ...storage, position: sequence.at })
    sequence.at += length * type.bytes
  }
  const views = await sequence.pickle()
  if (Array.isArray(views) && views.length > 0)
    throw invalidWeights(file.path, { code: 'storage-views', values: {} })
  return storages
}

async function readTensors(
  file: ByteFile,
  member: Member,
  storages: ReadonlyMap<string, Storage>,
): Promise<ReadonlyMap<string, TensorView>> {
  const sequence = new Sequence(file, member)
  const tensors = new Map<string, TensorView>()
  for (let left = await sequence.count(); left > 0; left--) {
    const [key, storage] = (await sequence.pickle()) as PickleValue[]
    const found = storages.get(String(storage))
    if (!found) throw invalidWeights(file.path, { code: 'tensor-without-storage', values: {} })
    const axes = (await sequence.bytes(8)).readInt32LE()
    if (!(axes >= 0 && axes <= 8))
      throw invalidWeights(file.path, { code: 'some-tensor-wrong-shape', values: {} })
    const numbers = await sequence.bytes(8 * (2 * axes + 1))
    const number = (index: number): number => Number(numbers.readBigInt64LE(8 * index))
    const part = (from: number): number[] => Array.from({ length: axes }, (_, axis) => number(from + axis))
    tensors.set(String(key), new TensorView(found, number(2 * axes), part(0), part(axes)))
  }
  return tensors
}
