import { fixedText, variants } from '../../text.ts'

interface Line {
  /** Line of a CSV file, from 1. */
  readonly line: number
}

interface Alike {
  /** How many like it are told of at once. */
  readonly files: number
}

const alike = ({ files }: Alike, text: string): string =>
  files > 1 ? `${files} files like this one: ${text}` : text

/** Why a file or folder of a source is not used, beside what is wrong with images. */
export const problemsErrors = {
  'link-loop': ({ isFolder }: { readonly isFolder: boolean }) => ({
    message: isFolder
      ? 'This link leads to a folder that has already been read.'
      : 'This link leads to itself.',
  }),
  'broken-link': fixedText('This link leads to nothing.'),
  'not-a-file': variants({
    device: fixedText('It is a pipe, a socket or a device, not a file.'),
    listed: ({ line }: Line) => ({ message: `Line ${line}: this is not a file.` }),
  }),
  'no-class': variants({
    empty: fixedText('It holds no class folder.'),
    beside: (values: Alike) => ({ message: alike(values, 'It lies in no class folder.') }),
    line: ({ line }: Line) => ({ message: `Line ${line}: no label is given.` }),
  }),
  'no-split': variants({
    file: (values: Alike) => ({ message: alike(values, 'It lies in none of the split folders.') }),
    folder: (values: Alike) => ({
      message: alike(values, 'This folder is not a split (train, val, test) and is not read.'),
    }),
  }),
  /** A text of `outside`. */
  'listed-outside': ({ line }: Line) => ({
    message: `Line ${line}: it lies outside the folders that were chosen. Choose its folder, or one above, first; or import the list on the command line.`,
  }),
  /** A text of `unknown-class`. */
  'relabeled-unknown': ({ className }: { readonly className: string }) => ({
    message: `It is relabeled as “${className}”, which is not a class here.`,
  }),
  'empty-class': fixedText('No image of this class can be used.'),
  'unknown-split': ({ line, split }: Line & { readonly split: string }) => ({
    message: `Line ${line}: “${split}” is not a split (train, validation, test).`,
  }),
  missing: variants({
    path: ({ line }: Line) => ({ message: `Line ${line}: no path is given.` }),
    file: ({ line }: Line) => ({ message: `Line ${line}: there is no such file.` }),
    moved: fixedText('It was in the data set before it moved, and is not here.'),
  }),
  'listed-twice': ({ line }: Line) => ({ message: `Line ${line} repeats an earlier one.` }),
  'conflicting-labels': ({
    line,
    label,
    split,
  }: Line & { readonly label: string | null; readonly split: string | null }) => ({
    message: `Line ${line} contradicts an earlier one, which holds: ${label === null ? `split ${split ?? 'none'}` : `label “${label}”`}.`,
  }),
  'left-out': fixedText('It is left out on purpose.'),
  mislabelled: ({ className }: { readonly className: string }) => ({
    message: `It is marked as mislabeled: it is not “${className}”.`,
  }),
  encoding: fixedText('It is not UTF-8 text and was read as Windows-1252: check the accented letters.'),
} as const
