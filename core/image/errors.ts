import { messageOf, StudioError, withText } from '../base/errors.ts'
import { isTruncated } from './truncation.ts'
import type { ImageFormat, Size } from './types.ts'

/** Why a file is no usable image; also the codes of a data set's problems. */
export type ImageProblem =
  'unreadable' | 'empty' | 'too-large' | 'unsupported' | 'not-an-image' | 'truncated' | 'damaged' | 'timeout'

/** Runs `work`; an error for people gets the path in front of its message. */
export async function inFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    throw withText(error, 'in-file', { path })
  }
}

/** Why `bytes` did not decode, from the bytes alone, as an error for people; like all here without the file's name. */
export function decodeError(bytes: Uint8Array, format: ImageFormat, cause: unknown): StudioError {
  if (isTruncated(bytes, format)) return truncated(format, cause)
  return damaged(format, cause)
}

export function damaged(format: ImageFormat, cause?: unknown): StudioError {
  return new StudioError('damaged', { format }, { cause })
}

export function decodeTimeout(cause: unknown): StudioError {
  return new StudioError('timeout', {}, { cause })
}

/** Whether libvips gave up for the time that it took, or says so of another file. */
export function isTimeoutMessage(cause: unknown): boolean {
  return /timeout: \d+% complete/.test(messageOf(cause))
}

export function truncated(format: ImageFormat, cause?: unknown): StudioError {
  return new StudioError('truncated', { format }, { cause })
}

export function tooManyPixels({ width, height }: Size, limit: number, cause?: unknown): StudioError {
  return new StudioError('too-large', { what: 'pixels', width, height, limit }, { cause })
}

export function tooManyBytes(bytes: number, limit: number): StudioError {
  return new StudioError('too-large', { what: 'bytes', bytes, limit })
}
