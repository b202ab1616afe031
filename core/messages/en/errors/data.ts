import { fixedText, variants } from '../../text.ts'
import type { Reason, TextOfFact } from '../../types.ts'
import { first, problemText, type NamedProblem } from '../words.ts'

/** Data sets and the registry. */
export const dataErrors = {
  /** Inside of other sentences, which name the file. */
  'not-text': variants({
    binary: () => ({ message: 'it is not text: save it as UTF-8' }),
    unknown: () => ({ message: 'it is neither UTF-8 nor Windows-1252 text: save it as UTF-8' }),
    invalid: ({ encoding }: { readonly encoding: string }) => ({
      message: `it is not valid ${encoding} text: save it as UTF-8`,
    }),
  }),
  'invalid-csv': variants({
    unreadable: ({ file, detail }: { readonly file: string; readonly detail: Reason }, say: TextOfFact) => ({
      message: `${file} can't be read as CSV: ${say(detail).message}`,
      hint: 'It must be a text file with a line “path,label” or “path,label,split” for each image; correct that line. Images are imported with their folder.',
    }),
    'no-header': ({ file, columns }: { readonly file: string; readonly columns: number }) => ({
      message: `${file} has ${columns} columns and no header that names them.`,
      hint: 'Its first line should be path,label or path,label,split.',
    }),
  }),
  'no-training-images': fixedText(
    'No image is left for training.',
    'Put images into a train folder, or ask for smaller validation and test fractions.',
  ),
  'registry-newer': ({
    file,
    version,
    known,
  }: {
    readonly file: string
    readonly version: number
    readonly known: number
  }) => ({
    message: `The registry ${file} was made by a newer version of VGG Studio (schema ${version}, this one knows ${known}).`,
    hint: 'Update VGG Studio, or choose another folder with --home. Nothing was changed.',
  }),
  'registry-damaged': ({ file, detail }: { readonly file: string | null; readonly detail: string }) => ({
    message: `The registry${file === null ? '' : ` ${file}`} is damaged: ${detail}.`,
    hint: 'Quit VGG Studio and run: vgg-studio runs --recover. It keeps the damaged file, begins a new one with all that can still be read, and restores runs from their folders.',
  }),
  'registry-locked': ({ file }: { readonly file: string | null }) => ({
    message: `Another program keeps ${file === null ? 'the registry of the home folder (registry.sqlite)' : `the registry ${file}`} locked.`,
    hint: 'Close what has it open, such as a program that copies or shows databases, and try again. Lists and results can be read meanwhile.',
  }),
  'registry-unreadable': ({ file, detail }: { readonly file: string; readonly detail: string }) => ({
    message: `The registry ${file} can't be opened: ${detail}.`,
    hint: 'Check that the folder is writable, or choose another folder with --home.',
  }),
  'no-classes': variants({
    list: (
      {
        file,
        problems,
        example,
      }: { readonly file: string; readonly problems: number; readonly example: NamedProblem | null },
      say: TextOfFact,
    ) => ({
      message: `${file} lists no image that is there.`,
      hint:
        example === null
          ? 'Each line should be path,label or path,label,split.'
          : `The first of ${problems} problems: ${problemText(example, say)}`,
    }),
    folder: ({
      root,
      list,
      folders,
    }: {
      readonly root: string
      readonly list: string | null
      readonly folders: readonly string[]
    }) => ({
      message: `${root} has no folder of images for any class.`,
      hint:
        list !== null
          ? `To read the labels from a file, import ${list}.`
          : folders.length > 0
            ? `Its folders hold no file: ${first(folders, 5)}.`
            : 'Put the images of each class into a folder with the name of the class.',
    }),
  }),
  'too-few-classes': (
    {
      root,
      only,
      nested,
      unused,
      example,
    }: {
      readonly root: string
      readonly only: string | null
      readonly nested: string | null
      readonly unused: number
      readonly example: NamedProblem | null
    },
    say: TextOfFact,
  ) => ({
    message: `${root} holds ${only === null ? 'no usable image' : `only one class with usable images, “${only}”`}.`,
    hint:
      nested !== null
        ? `If the folders in it are the classes, import ${nested}.`
        : example !== null
          ? `${unused} ${unused === 1 ? 'file or class' : 'files or classes'} can't be used; the first: ${problemText(example, say)}`
          : 'A classifier needs at least two classes: one folder of images for each.',
  }),
} as const
