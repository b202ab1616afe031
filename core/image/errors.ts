import { messageOf, StudioError } from '../base/errors.ts'
import { endsEarly } from './ends.ts'
import type { ImageFormat } from './types.ts'

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

/** What libvips said while it decoded `bytes`, as an error for people. */
export function decodeError(bytes: Uint8Array, format: ImageFormat, cause: unknown): StudioError {
  const said = messageOf(cause)
  if (/pixel limit/i.test(said)) return tooManyPixels(cause)
  if (/timeout: \d+% complete/.test(said))
    return imageError('timeout', 'Decoding took longer than allowed.', 'Save the image anew, smaller.', cause)
  if (endsEarly(bytes, format) || /premature end of jpeg|truncat|unexpected end|outside of file/i.test(said))
    return truncated(format, cause)
  const hint = 'Open it in an image editor and save it anew, or leave it out.'
  return imageError('damaged', `The ${format.toUpperCase()} data is damaged.`, hint, cause)
}

export function truncated(format: ImageFormat, cause?: unknown): StudioError {
  const hint = 'Copy or download it again from where it came from.'
  return imageError('truncated', `The ${format.toUpperCase()} file ends before its image does.`, hint, cause)
}

export function tooManyPixels(cause?: unknown): StudioError {
  return imageError('too-large', 'The image has more pixels than allowed.', 'Scale it down first.', cause)
}

/** Whether libjpeg's warning, the cause of a decoding error, means that part of the picture is lost. */
export function saysDamaged(error: unknown): boolean {
  const cause = error instanceof StudioError ? error.cause : undefined
  return /premature end of data segment|bad Huffman code|missing data|timeout: \d+% complete/i.test(
    messageOf(cause),
  )
}
