import { invalidWeights, type ByteFile } from './bytes.ts'
import { readPickle, type PickleValue } from './pickle.ts'
import { torchWorld } from './torchNames.ts'
import { mostStorages, stateDict, storageOf, type Storage } from './torchTensors.ts'
import type { WeightsFile } from './types.ts'

/**
 * PyTorch's format before 1.6, in which torchvision's VGGs are published (torch/serialization.py, `_legacy_load`):
 * five pickles (a magic number, a version, facts of the machine, the value, the storages' keys), then for each key the
 * number of values as 64 bits and the values.
 */
const magicNumber = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001
/** First bytes of such a file: protocol 2, and the magic number as LONG1. */
export const legacyStart = Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex')

/** Most bytes of all five pickles: the one of VGG-19 with batch normalization has 20 KB. */
const longestPickles = 64 * 2 ** 20

export async function readTorchLegacy(file: ByteFile): Promise<WeightsFile> {
  const { path, size } = file
  const head = await file.read(0, Math.min(size, longestPickles))
  const plain = torchWorld(() => null)
  const magic = readPickle(head, 0, plain)
  if (magic.value !== magicNumber) throw invalidWeights(path, { code: 'torch-wrong-start', values: {} })
  const version = readPickle(head, magic.end, plain)
  if (version.value !== protocolVersion)
    throw invalidWeights(path, { code: 'torch-unknown-version', values: { version: String(version.value) } })
  const machine = readPickle(head, version.end, plain)
  if (machine.value instanceof Map && machine.value.get('little_endian') === false) {
    throw invalidWeights(path, { code: 'big-endian', values: {} })
  }
  const storages = new Map<string, Storage>()
  const main = readPickle(
    head,
    machine.end,
    torchWorld((id) => storageOf(file, id, storages)),
  )
  const keys = readPickle(head, main.end, plain)
  await locate(file, storages, keys.value, keys.end)
  return {
    path,
    format: 'pytorch-legacy',
    layout: 'pytorch',
    tensors: stateDict(file, main.value),
    metadata: {},
    graph: null,
    close: () => file.close(),
  }
}

async function locate(
  file: ByteFile,
  storages: ReadonlyMap<string, Storage>,
  keys: PickleValue,
  start: number,
): Promise<void> {
  if (!Array.isArray(keys) || keys.length > mostStorages)
    throw invalidWeights(file.path, { code: 'storages-unlisted', values: {} })
  let at = start
  for (const key of keys as PickleValue[]) {
    const storage = storages.get(String(key))
    const count = (await file.read(at, 8)).readBigInt64LE()
    if (!storage || count !== BigInt(storage.length)) {
      throw invalidWeights(file.path, {
        code: 'storage-wrong-size',
        values: { key: String(key).slice(0, 40) },
      })
    }
    storage.position = at + 8
    at += 8 + storage.length * storage.bytesPerValue
  }
}
