import { fixedText, variants } from '../../text.ts'
import type { Reason, Stored, TextOfFact } from '../../types.ts'
import { unsupportedText, type UnsupportedImage } from '../unsupported.ts'

/** Images, and the threads that decode them. */
export const imagesErrors = {
  'decode-thread-ended': ({ what }: { readonly what: string }) => ({
    message: `A thread that decodes images ended unexpectedly (${what}).`,
    hint: 'Start again from the last checkpoint; with fewer decode threads if memory is short.',
  }),
  unreadable: variants({
    name: fixedText('Its name is not valid Unicode; rename it.'),
    path: ({ detail }: { readonly detail: string }) => ({ message: `It could not be read (${detail}).` }),
    image: ({ detail }: { readonly detail: string }) => ({
      message: `It could not be read as an image (${detail}).`,
    }),
    'not-a-file': fixedText('It is not a regular file.'),
    system: ({ detail }: { readonly detail: string }) => ({
      message: `The file could not be read (${detail}).`,
    }),
    bench: ({ path, reason }: { readonly path: string; readonly reason: Reason }, say: TextOfFact) => ({
      message: `${path} could not be loaded: ${say(reason).message}`,
      hint: 'A benchmark needs files that can all be read.',
    }),
    'bench-folder': ({ folder, detail }: { readonly folder: string; readonly detail: string }) => ({
      message: `--files: ${folder} could not be read (${detail}).`,
      hint: 'Name a folder with JPEG files.',
    }),
  }),
  /** A text of any code: what happened, without what to do about it, which is said once for many. */
  'message-alone': ({ problem }: { readonly problem: Stored }, say: TextOfFact) => ({
    message: say(problem).message,
  }),
  'too-large-densely': ({
    scale,
    width,
    height,
  }: {
    readonly scale: number
    readonly width: number
    readonly height: number
  }) => ({
    message: `At scale ${scale} it is ${width}×${height} pixels, too large to evaluate densely.`,
  }),
  empty: fixedText('The file is empty.'),
  unsupported: (kind: UnsupportedImage) => ({
    message: unsupportedText(kind),
    hint:
      kind.what === 'format'
        ? 'Save it as JPEG or PNG and import again.'
        : 'Save it as 8-bit RGB (JPEG or PNG) and import again.',
  }),
  'not-an-image': ({ isText }: { readonly isText: boolean }) => ({
    message: isText ? 'It is a text file, not an image.' : 'It is not an image of a known format.',
    hint: 'JPEG, PNG, WebP, GIF, TIFF and AVIF are read.',
  }),
  truncated: ({ format }: { readonly format: string }) => ({
    message: `The ${format.toUpperCase()} file ends before its image does.`,
    hint: 'Copy or download it again from where it came from.',
  }),
  damaged: ({ format }: { readonly format: string }) => ({
    message: `The ${format.toUpperCase()} data is damaged.`,
    hint: 'Open it in an image editor and save it again, or leave it out.',
  }),
  timeout: fixedText('Decoding took longer than allowed.', 'Save a smaller version of the image.'),
} as const
