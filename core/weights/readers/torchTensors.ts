import type { FileFault } from '../../messages/catalog.ts'
import { elementCount } from '../../base/tensor.ts'
import { floatsOf, invalidWeights, unsupportedType, valueBytes, type ByteFile } from './bytes.ts'
import { PickleName, type PickleValue } from './pickle.ts'
import { rowCount, rowSize, type FloatType, type StoredTensor } from './types.ts'

/** Values in the file that tensors are views of. */
export interface Storage {
  readonly kind: 'storage'
  readonly type: FloatType | 'other'
  readonly bytesPerValue: number
  /** Values in it. */
  readonly length: number
  /** First byte in the file; known once the file has been read to its end. */
  position: number | null
}

function isStorage(value: PickleValue): value is Storage {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'storage'
}

/** Value types of PyTorch's storages: bytes of a value, and the float type that it is. */
interface StorageType {
  readonly bytes: number
  readonly type: FloatType | 'other'
}

const storageTypes: Readonly<Record<string, StorageType>> = {
  FloatStorage: { bytes: 4, type: 'F32' },
  HalfStorage: { bytes: 2, type: 'F16' },
  BFloat16Storage: { bytes: 2, type: 'BF16' },
  DoubleStorage: { bytes: 8, type: 'F64' },
  LongStorage: { bytes: 8, type: 'other' },
  IntStorage: { bytes: 4, type: 'other' },
  ShortStorage: { bytes: 2, type: 'other' },
  CharStorage: { bytes: 1, type: 'other' },
  ByteStorage: { bytes: 1, type: 'other' },
  BoolStorage: { bytes: 1, type: 'other' },
}

/** @returns undefined for what is no class of storages */
export function storageType(name: PickleValue): StorageType | undefined {
  if (!(name instanceof PickleName) || !/^torch(\.cuda)?$/.test(name.module)) return undefined
  return storageTypes[name.name]
}

export const mostStorages = 100_000

/**
 * What a persistent id stands for: ('storage', class, key, device, values, view), the same for the same key. A view, which
 * PyTorch stopped to write in 2017, is a part of another storage.
 * @param storages those so far, by key
 */
export function storageOf({ path }: ByteFile, id: PickleValue, storages: Map<string, Storage>): Storage {
  const [kind, name, key, , length, part] = Array.isArray(id) ? (id as PickleValue[]) : []
  const type = storageType(name)
  if (kind !== 'storage' || !type || typeof key !== 'string' || !Number.isSafeInteger(length)) {
    throw invalidWeights(path, { code: 'foreign-reference', values: {} })
  }
  if (part !== null && part !== undefined) throw invalidWeights(path, { code: 'storage-views', values: {} })
  const known = storages.get(key)
  if (known) return known
  if (storages.size >= mostStorages)
    throw invalidWeights(path, { code: 'too-many-storages', values: { most: mostStorages } })
  const storage: Storage = {
    kind: 'storage',
    type: type.type,
    bytesPerValue: type.bytes,
    length: length as number,
    position: null,
  }
  storages.set(key, storage)
  return storage
}

/** What `_rebuild_tensor_v2` says of a tensor; checked once it is used. */
export class TensorView {
  readonly storage: Storage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}

const mostAxes = 8
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Checked against its storage, and the storage against the file. @throws StudioError `invalid-weights` */
function storedTensor(file: ByteFile, name: string, view: TensorView): StoredTensor {
  const { storage, offset, shape, strides } = view
  const wrong = (fault: FileFault): Error => invalidWeights(file.path, fault)
  if (!isStorage(storage)) throw wrong({ code: 'tensor-without-values', values: { name } })
  if (!Array.isArray(shape) || !Array.isArray(strides) || shape.length !== strides.length)
    throw wrong({ code: 'tensor-without-shape', values: { name } })
  if (shape.length > mostAxes || ![offset, ...shape, ...strides].every(isCount))
    throw wrong({ code: 'tensor-wrong-shape', values: { name } })
  const count = elementCount(shape)
  const reach =
    count === 0 ? 0 : offset + 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0)
  if (count > storage.length || reach > storage.length) {
    throw wrong({ code: 'tensor-beyond-values', values: { name, shape, values: storage.length } })
  }
  const bytes = storage.length * storage.bytesPerValue
  if (storage.position === null || storage.position + bytes > file.size)
    throw wrong({ code: 'tensor-beyond-file', values: { name } })
  return { name, shape, type: storage.type, rows: (from, to) => readRows(file, name, view, from, to) }
}

async function readRows(
  file: ByteFile,
  name: string,
  { storage, offset, shape, strides }: TensorView,
  from: number,
  to: number,
): Promise<Float32Array> {
  const { type, position } = storage
  if (type === 'other') throw unsupportedType(file.path, name, 'whole-number')
  const rows = Math.min(to, rowCount(shape)) - from
  const size = rowSize(shape)
  const block = shape.length === 0 ? shape : [rows, ...shape.slice(1)]
  const count = elementCount(block)
  if (count === 0) return new Float32Array(0)
  const first = offset + from * (strides[0] ?? 0)
  const reach = 1 + block.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, 0)
  const values = floatsOf(
    await file.read(position! + first * valueBytes[type], reach * valueBytes[type]),
    type,
  )
  return isContiguous(shape, strides, size) ? values : gather(values, block, strides)
}

function isContiguous(shape: readonly number[], strides: readonly number[], size: number): boolean {
  let expected = shape.length === 0 ? 1 : size * shape[0]!
  return shape.every((length, axis) => {
    expected /= Math.max(1, length)
    return length === 1 || strides[axis] === expected
  })
}

/** Row-major values of a strided view (channels_last, transposed). */
function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const result = new Float32Array(elementCount(shape))
  const index = shape.map(() => 0)
  let at = 0
  for (let place = 0; place < result.length; place++) {
    result[place] = values[at]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      at -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}

/** Where training scripts put the weights in a checkpoint that holds more. */
const places = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'weights',
  'params',
  'module',
]

/**
 * The tensors by name: of the value itself, or of the one of its parts that training scripts call by these names.
 * @throws StudioError `invalid-weights`
 */
export function stateDict(file: ByteFile, value: PickleValue): ReadonlyMap<string, StoredTensor> {
  const found = findViews(value, 0)
  if (!found) {
    const keys = value instanceof Map ? [...value.keys()].slice(0, 10).join(', ').slice(0, 200) : ''
    throw invalidWeights(file.path, { code: 'no-named-tensors', values: { keys } })
  }
  return new Map(found.map(([name, view]) => [name, storedTensor(file, name, view)]))
}

function findViews(value: PickleValue, depth: number): [string, TensorView][] | null {
  if (!(value instanceof Map) || depth > 3) return null
  const own = [...value].filter((entry): entry is [string, TensorView] => {
    return typeof entry[0] === 'string' && entry[1] instanceof TensorView
  })
  if (own.length > 0) return own
  for (const place of places) {
    const found = findViews(value.get(place), depth + 1)
    if (found) return found
  }
  return null
}
