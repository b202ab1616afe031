import { resolve } from 'node:path'
import { elementCount } from '../../base/tensor.ts'
import { messageOf, StudioError } from '../../base/errors.ts'
import { invalidWeights, unsupportedType } from './bytes.ts'
import { rowCount, type FloatType, type StoredTensor } from './types.ts'
import type * as h5wasm from 'h5wasm/node'
import type { Attribute, Dataset, File, Group } from 'h5wasm/node'

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
/** Most texts of a list whose length the attribute does not tell: all may refer to one long text in the file. */
const mostReferences = 1000
const longestAttribute = 16 * 2 ** 20

type Library = typeof h5wasm

/**
 * The library, until it has refused a file: on a broken one it may end itself ("Aborted"), after which its next call never
 * returns, or keep the file open and take the next one of the same name for it. Then the next file gets a fresh one.
 */
let library: Promise<Library> | null = null
let loads = 0

async function load(): Promise<Library> {
  const url = `${import.meta.resolve('h5wasm/node')}?${++loads}`
  const fresh = (await import(url)) as Library
  const { activate_throwing_error_handler: throwErrors } = await fresh.ready
  // Else it prints what is wrong with a file, and continues.
  throwErrors()
  return fresh
}

/**
 * @param path of the file
 * @param shown what errors call it
 * @throws StudioError `invalid-weights`
 */
export async function openHdf5(path: string, shown: string): Promise<Hdf5> {
  library ??= load().catch((error: unknown) => {
    library = null
    throw error
  })
  const own = await library
  const guard = guardOf(path, shown, own.FS as unknown as Files)
  const file = guard(() => new own.File(path, 'r'))
  if (file.file_id < 0n) throw invalidWeights(shown, { code: 'hdf5-incomplete', values: {} })
  const access: Access = { path: shown, guard, library: own }
  return {
    root: groupOf(access, file),
    close() {
      try {
        guard(() => file.close())
      } catch {
        // It stays open in a library that no other file is read by.
      }
    },
  }
}

/** How the library opens files. */
interface Files {
  open: (path: string, flags: number, ...rest: unknown[]) => unknown
  readonly ErrnoError: new (code: number) => Error
}

/** Calls the library, and throws what it throws, and what it should not do, as errors of ours. */
type Guard = <T>(work: () => T) => T

interface Access {
  /** As errors call the file. */
  readonly path: string
  readonly guard: Guard
  readonly library: Library
}

/** As WASI counts errors. */
const [notFound, notPermitted] = [44, 63]
/** O_EXCL of musl: a new file. The library writes what is wrong into one, and reads it from there. */
const newFile = 0o200

/**
 * The library follows links to other files, and reads values that are said to lie in other files, whichever these are:
 * while it works, it can open none but the one. It also throws what it likes, and where its memory is at its end.
 */
function guardOf(path: string, shown: string, files: Files): Guard {
  const own = resolve(path)
  let gaveUp: Error | null = null
  return (work) => {
    if (gaveUp) throw gaveUp
    const { open } = files
    let other: string | null = null
    files.open = (wanted, flags, ...rest) => {
      if (resolve(wanted) === own || flags & newFile) return open(wanted, flags, ...rest)
      // Where it looks for programs that unpack what it cannot.
      if (wanted.includes('hdf5/lib/plugin')) throw new files.ErrnoError(notFound)
      other = wanted
      throw new files.ErrnoError(notPermitted)
    }
    const refused = (cause?: unknown): Error =>
      invalidWeights(shown, { code: 'leads-elsewhere', values: { other: String(other) } }, cause)
    try {
      const result = work()
      if (other !== null) throw refused()
      return result
    } catch (error) {
      library = null
      if (error instanceof StudioError) throw error
      if (other !== null) throw refused(error)
      const broken = invalidWeights(
        shown,
        { code: 'hdf5-broken', values: { detail: reasonOf(error) } },
        error,
      )
      if (hasGivenUp(error)) gaveUp = broken
      throw broken
    } finally {
      files.open = open
    }
  }
}

/** WebAssembly.RuntimeError: the program has called abort(), or reached beyond its memory. */
const hasGivenUp = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError'

/** HDF5 prints a line for each function that an error has passed: the first one says what was wrong. */
function reasonOf(error: unknown): string {
  const message = messageOf(error)
  if (hasGivenUp(error)) return `its library gave it up: ${message.slice(0, 200)}`
  return /\(\): ([^\n]*)/.exec(message)?.[1] ?? message.slice(0, 200)
}

function groupOf(access: Access, group: File | Group): Hdf5Group {
  const { path, guard, library } = access
  const names = guard(() => group.keys())
  if (names.length > mostNames)
    throw invalidWeights(path, { code: 'group-too-large', values: { members: names.length } })
  const member = (name: string) => {
    if (!names.includes(name) && !name.includes('/')) return null
    const found = guard(() => group.get(name))
    if (found instanceof library.ExternalLink)
      throw invalidWeights(path, { code: 'member-links-elsewhere', values: { member: name } })
    return found
  }
  return {
    path: group.path,
    names,
    texts: (attribute) => textsOf(access, group, attribute),
    group(name) {
      const found = member(name)
      return found instanceof library.Group ? groupOf(access, found) : null
    },
    tensor(name, as) {
      const found = member(name)
      return found instanceof library.Dataset ? tensorOf(access, as, found) : null
    },
  }
}

function textsOf(access: Access, group: Group, name: string): readonly string[] | null {
  const attributes = access.guard(() => group.attrs)
  const parts: string[] = []
  const whole = attributes[name]
  if (whole) return texts(access, whole)
  for (let part = 0; attributes[`${name}${part}`] && parts.length < mostNames; part++)
    parts.push(...texts(access, attributes[`${name}${part}`]!))
  return parts.length > 0 ? parts : null
}

function texts({ path, guard }: Access, attribute: Attribute): string[] {
  const { shape, metadata } = attribute
  const count = elementCount(shape ?? [])
  if (count > (metadata.vlen ? mostReferences : mostNames) || count * metadata.size > longestAttribute)
    throw invalidWeights(path, { code: 'attribute-too-long', values: { name: attribute.name, count } })
  const value = guard(() => attribute.value)
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}

/** h5py's letters: little-endian floats. */
const floats: Readonly<Record<string, FloatType>> = { '<f': 'F32', '<d': 'F64', '<e': 'F16' }

function tensorOf({ path, guard }: Access, name: string, dataset: Dataset): StoredTensor {
  const { shape, dtype, metadata } = guard(() => ({
    shape: dataset.shape ?? [],
    dtype: dataset.dtype,
    metadata: dataset.metadata,
  }))
  const type = typeof dtype === 'string' ? (floats[dtype] ?? 'other') : 'other'
  if (!Number.isSafeInteger(elementCount(shape)))
    throw invalidWeights(path, { code: 'tensor-wrong-shape', values: { name } })
  if (metadata.chunks && elementCount(metadata.chunks) * metadata.size > largestChunk) {
    throw invalidWeights(path, { code: 'chunks-too-large', values: { name, bytes: largestChunk } })
  }
  if ((metadata.virtual_sources?.length ?? 0) > 0)
    throw invalidWeights(path, { code: 'tensor-elsewhere', values: { name } })
  return {
    name,
    shape,
    type,
    async rows(from, to) {
      if (type === 'other') throw unsupportedType(path, name, String(dtype))
      const last = Math.min(to, rowCount(shape))
      const value: unknown = guard(() => (shape.length === 0 ? dataset.value : dataset.slice([[from, last]])))
      const count = shape.length === 0 ? 1 : elementCount([last - from, ...shape.slice(1)])
      const values = typeof value === 'number' ? Float32Array.of(value) : floatsOf(value)
      if (values?.length !== count)
        throw invalidWeights(path, { code: 'tensor-incomplete', values: { name } })
      return values
    },
  }
}

function floatsOf(value: unknown): Float32Array | null {
  if (value instanceof Float32Array) return value
  return ArrayBuffer.isView(value) ? Float32Array.from(value as unknown as Iterable<number>) : null
}
