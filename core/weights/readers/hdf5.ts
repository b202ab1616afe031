import { elementCount } from '../../base/tensor.ts'
import { messageOf, StudioError } from '../../base/errors.ts'
import { invalidWeights, unsupportedType } from './bytes.ts'
import { rowCount, type FloatType, type StoredTensor } from './types.ts'
import type h5wasm from 'h5wasm/node'
import type { Dataset, ExternalLink, File, Group } from 'h5wasm/node'

/**
 * HDF5 through its own library, compiled to WebAssembly (h5wasm): its memory is apart from ours and bounded. Links and
 * values that lie in other files are refused: a file of weights says what it holds itself.
 */
export interface Hdf5 {
  readonly root: Hdf5Group
  close(): void
}

export interface Hdf5Group {
  readonly path: string
  readonly names: readonly string[]
  /** A text attribute; also one that Keras has cut in parts (`name0`, `name1`, …), as a list. */
  texts(attribute: string): readonly string[] | null
  group(name: string): Hdf5Group | null
  tensor(name: string, as: string): StoredTensor | null
}

/** What one chunk of a data set may take, uncompressed: Keras writes none, h5py's own choice is below 1 MB. */
const largestChunk = 64 * 2 ** 20
const mostNames = 20_000

/** @throws StudioError `invalid-weights` */
export async function openHdf5(path: string): Promise<Hdf5> {
  const library = await import('h5wasm/node')
  const { activate_throwing_error_handler: throwErrors } = await library.ready
  // Else it prints what is wrong with a file, and continues.
  throwErrors()
  const file = guarded(path, () => new library.File(path, 'r'))
  if (file.file_id < 0n) throw invalidWeights(path, 'it is no whole HDF5 file')
  return { root: groupOf(path, library, file), close: () => void file.close() }
}

type Library = Pick<typeof h5wasm, 'Group' | 'Dataset'> & { readonly ExternalLink: typeof ExternalLink }

/** The library throws what it likes, also where its memory is at its end. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof StudioError) throw error
    throw invalidWeights(path, `its HDF5 is broken (${messageOf(error).slice(0, 200)})`, error)
  }
}

function groupOf(path: string, library: Library, group: File | Group): Hdf5Group {
  const names = guarded(path, () => group.keys())
  if (names.length > mostNames) throw invalidWeights(path, `a group in it has ${names.length} members`)
  const member = (name: string) => {
    if (!names.includes(name) && !name.includes('/')) return null
    const found = guarded(path, () => group.get(name))
    if (found instanceof library.ExternalLink)
      throw invalidWeights(path, `“${name}” in it is a link to another file`)
    return found
  }
  return {
    path: group.path,
    names,
    texts: (attribute) => guarded(path, () => textsOf(group, attribute)),
    group(name) {
      const found = member(name)
      return found instanceof library.Group ? groupOf(path, library, found) : null
    },
    tensor(name, as) {
      const found = member(name)
      return found instanceof library.Dataset ? tensorOf(path, as, found) : null
    },
  }
}

function textsOf(group: Group, name: string): readonly string[] | null {
  const { attrs } = group
  const parts: string[] = []
  const whole = attrs[name]
  if (whole) return texts(whole.value)
  for (let part = 0; attrs[`${name}${part}`]; part++) parts.push(...texts(attrs[`${name}${part}`]!.value))
  return parts.length > 0 ? parts : null
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}

/** h5py's letters: little-endian floats. */
const floats: Readonly<Record<string, FloatType>> = { '<f': 'F32', '<d': 'F64', '<e': 'F16' }

function tensorOf(path: string, name: string, dataset: Dataset): StoredTensor {
  const { shape, dtype, metadata } = guarded(path, () => ({
    shape: dataset.shape ?? [],
    dtype: dataset.dtype,
    metadata: dataset.metadata,
  }))
  const type = typeof dtype === 'string' ? (floats[dtype] ?? 'other') : 'other'
  if (!Number.isSafeInteger(elementCount(shape)))
    throw invalidWeights(path, `tensor ${name} has a wrong shape`)
  if (metadata.chunks && elementCount(metadata.chunks) * metadata.size > largestChunk) {
    throw invalidWeights(path, `tensor ${name} is cut into chunks of more than ${largestChunk} bytes`)
  }
  if ((metadata.virtual_sources?.length ?? 0) > 0)
    throw invalidWeights(path, `tensor ${name} lies in another file`)
  return {
    name,
    shape,
    type,
    async rows(from, to) {
      if (type === 'other') throw unsupportedType(path, name, String(dtype))
      const last = Math.min(to, rowCount(shape))
      const value: unknown = guarded(path, () =>
        shape.length === 0 ? dataset.value : dataset.slice([[from, last]]),
      )
      const count = shape.length === 0 ? 1 : elementCount([last - from, ...shape.slice(1)])
      const values = typeof value === 'number' ? Float32Array.of(value) : floatsOf(value)
      if (values?.length !== count) throw invalidWeights(path, `tensor ${name} cannot be read whole`)
      return values
    },
  }
}

function floatsOf(value: unknown): Float32Array | null {
  if (value instanceof Float32Array) return value
  return ArrayBuffer.isView(value) ? Float32Array.from(value as unknown as Iterable<number>) : null
}
