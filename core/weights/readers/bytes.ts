import { open } from 'node:fs/promises'
import { StudioError } from '../../base/errors.ts'
import { shortened } from '../../base/text.ts'
import type { FileFault } from '../../messages/catalog.ts'
import { withShortNames } from '../shortNames.ts'
import type { FloatType } from './types.ts'

/** A file that is read in parts. */
export interface ByteFile {
  readonly path: string
  readonly size: number
  /** Exactly these bytes, in a buffer of their own. @throws StudioError `invalid-weights` beyond the end */
  read(position: number, length: number): Promise<Buffer<ArrayBuffer>>
  close(): Promise<void>
}

/** What is read at once at most: against lengths that are garbage, checked before memory is taken. */
const longestRead = 2 ** 31

/** @throws StudioError `file-not-found`, `invalid-weights` for what is no file */
export async function openBytes(path: string): Promise<ByteFile> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new StudioError('file-not-found', { path }, { cause: error })
  })
  const facts = await file.stat()
  if (!facts.isFile()) {
    await file.close()
    throw invalidWeights(path, { code: 'no-file', values: {} })
  }
  return {
    path,
    size: facts.size,
    async read(position, length) {
      if (!(position >= 0 && length >= 0 && position + length <= facts.size)) {
        throw invalidWeights(path, { code: 'ends-early', values: {} })
      }
      if (length > longestRead)
        throw invalidWeights(path, { code: 'part-too-long', values: { bytes: length } })
      const bytes = Buffer.allocUnsafeSlow(length)
      for (let done = 0; done < length;) {
        const { bytesRead } = await file.read(bytes, done, length - done, position + done)
        if (bytesRead === 0) throw invalidWeights(path, { code: 'became-shorter', values: {} })
        done += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

/** A file of weights that is broken, or that asks for what no file of weights needs. */
export function invalidWeights(path: string, reason: FileFault, cause?: unknown): StudioError {
  return new StudioError('invalid-weights', { what: 'file', path, reason: withShortNames(reason) }, { cause })
}

export const valueBytes: Readonly<Record<FloatType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 }

/** Little-endian values as 32-bit floats; F32 is a view on the same memory. */
export function floatsOf(bytes: Buffer<ArrayBuffer>, type: FloatType): Float32Array {
  const { buffer, byteOffset, length } = bytes
  const count = length / valueBytes[type]
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count)
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, count))
    case 'F16':
      return Float32Array.from(new Float16Array(buffer, byteOffset, count))
    case 'BF16':
      // The upper half of the same number as F32.
      return new Float32Array(
        Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (half) => half << 16).buffer,
      )
  }
}

export function unsupportedType(path: string, name: string, type: string): StudioError {
  return new StudioError('unsupported-dtype', { what: 'not-floats', name: shortened(name), path, type })
}
