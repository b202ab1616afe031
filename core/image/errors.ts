import { messageOf, StudioError } from '../base/errors.ts'
import { endsEarly } from './ends.ts'
import type { ImageFormat, Size } from './types.ts'

/** Why a file is no usable image; also the codes of a data set's problems. */
export const imageProblems = [
  'unreadable',
  'empty',
  'too-large',
  'unsupported',
  'not-an-image',
  'truncated',
  'damaged',
  'timeout',
] as const
export type ImageProblem = (typeof imageProblems)[number]

/** The message is a sentence without the file's name, which whoever knows it puts in front (`inFile`). */
export function imageError(
  code: ImageProblem,
  sentence: string,
  hint?: string,
  cause?: unknown,
): StudioError {
  return new StudioError(code, sentence, { hint, cause })
}

/** Runs `work`; an error for people gets the path in front of its message. */
export async function inFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    throw new StudioError(error.code, `${path}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

/** Why `bytes` did not decode, from the bytes alone, as an error for people. */
export function decodeError(bytes: Uint8Array, format: ImageFormat, cause: unknown): StudioError {
  if (endsEarly(bytes, format)) return truncated(format, cause)
  return damaged(format, cause)
}

export function damaged(format: ImageFormat, cause?: unknown): StudioError {
  const hint = 'Open it in an image editor and save it anew, or leave it out.'
  return imageError('damaged', `The ${format.toUpperCase()} data is damaged.`, hint, cause)
}

export function tookTooLong(cause: unknown): StudioError {
  return imageError('timeout', 'Decoding took longer than allowed.', 'Save the image anew, smaller.', cause)
}

/** Whether libvips gave up for the time that it took, or says so of another file. */
export function saysTimeout(cause: unknown): boolean {
  return /timeout: \d+% complete/.test(messageOf(cause))
}

export function truncated(format: ImageFormat, cause?: unknown): StudioError {
  const hint = 'Copy or download it again from where it came from.'
  return imageError('truncated', `The ${format.toUpperCase()} file ends before its image does.`, hint, cause)
}

const number = new Intl.NumberFormat('en-US')

export function tooManyPixels({ width, height }: Size, limit: number, cause?: unknown): StudioError {
  const size = `${number.format(width * height)} pixels (${width}×${height})`
  const sentence = `The image has ${size}; at most ${number.format(limit)} are read.`
  return imageError('too-large', sentence, 'Scale it down first.', cause)
}

export function tooManyBytes(bytes: number, limit: number): StudioError {
  const sentence = `The file has ${number.format(bytes)} bytes; at most ${number.format(limit)} are read.`
  return imageError('too-large', sentence, 'Scale the image down first.')
}
