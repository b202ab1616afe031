import { fixedText, oneLine, variants } from '../text.ts'
import type { Reason, Stored, TextOfFact } from '../types.ts'
import { counted } from './words.ts'

/** Images that are the same, or alike. */
export interface Tally {
  /** Each counts once. */
  readonly images: number
  readonly groups: number
}

/** `16 images in 8 groups` */
export const tallyText = ({ images, groups }: Tally): string =>
  `${counted(images, 'image')} in ${counted(groups, 'group')}`

const copiesText = (kind: 'exact' | 'near', tally: Tally): string =>
  `${tallyText(tally)} ${kind === 'exact' ? 'are exact copies of each other' : 'look alike'}.`

/** Why some groups are not among those whose copies are left out at once. */
const contradictingText = (groups: number): string =>
  groups === 0
    ? ''
    : ` ${counted(groups, 'group')} with different labels ${groups === 1 ? 'stays' : 'stay'} until you say which label is right.`

interface Classes {
  /** The first few. */
  readonly names: readonly string[]
  readonly count: number
}

function classNames({ names, count }: Classes): string {
  const shown = names.map((name) => `“${name}”`).join(', ')
  return count > names.length
    ? `${shown} and ${counted(count - names.length, 'more class', 'more classes')}`
    : shown
}

/** Kinds of problems, for a sentence. */
const problemKinds: Readonly<Record<string, string>> = {
  'link-loop': 'in a loop of links',
  'broken-link': 'linking to nothing',
  'not-a-file': 'not a file',
  'no-class': 'outside of the class folders',
  'no-split': 'outside of the split folders',
  'empty-class': 'without a usable image',
  'unknown-split': 'of an unknown split',
  'listed-twice': 'listed twice',
  outside: 'outside the chosen folders',
  'conflicting-labels': 'listed with different labels',
  'left-out': 'by choice',
  mislabelled: 'marked as mislabeled',
  'unknown-class': 'relabeled as a class that does not exist',
  'not-an-image': 'not an image',
  unsupported: 'of a format that is not read',
  'too-large': 'too large',
}

interface Kinds {
  readonly count: number
  readonly kinds: readonly { readonly code: string; readonly count: number }[]
}

const kindsText = ({ kinds }: Kinds): string =>
  kinds.map(({ code, count }) => `${count} ${problemKinds[code] ?? code}`).join(', ')

/** What a data set's health report notes. */
export const healthNotes = {
  'note-leakage': ({ exact, near }: { readonly exact: number; readonly near: number }) => {
    const parts = [
      exact > 0 ? `${exact} with the same content` : '',
      near > 0 ? `${near} nearly the same` : '',
    ]
    const many =
      exact + near === 1
        ? '1 image held out for validation or test is'
        : `${exact + near} images held out for validation or test are`
    return {
      message: `${many} also in training (${parts.filter(Boolean).join(', ')}): errors will look better than they are.`,
    }
  },
  'note-label-conflicts': (tally: Tally) => ({
    message: `${tallyText(tally)} of duplicates have different labels: at least one of each is wrong, or the classes overlap.`,
  }),
  'note-not-in-training': (classes: Classes) => ({
    message: `No training image for ${classNames(classes)}: the network can't learn what it never sees.`,
  }),
  'note-not-held-out': ({ split, ...classes }: Classes & { readonly split: string }) => ({
    message: `No ${split} image for ${classNames(classes)}: the ${split} error says nothing about ${classes.count === 1 ? 'it' : 'them'}.`,
  }),
  'note-imbalance': ({
    ratio,
    largest,
    smallest,
  }: {
    readonly ratio: number
    readonly largest: { readonly name: string; readonly images: number }
    readonly smallest: { readonly name: string; readonly images: number }
  }) => ({
    message: `“${largest.name}” has ${ratio.toFixed(1)} times as many training images as “${smallest.name}” (${largest.images} and ${smallest.images}): weight the classes or sample them evenly.`,
  }),
  'note-few-images': ({ few, ...classes }: Classes & { readonly few: number }) => ({
    message: `Fewer than ${few} training images for ${classNames(classes)}: start from trained weights, or add images.`,
  }),
  'note-left-out': (left: Kinds) => ({
    message: `${left.count} ${left.count === 1 ? 'file or folder is' : 'files or folders are'} left out: ${kindsText(left)}.`,
  }),
  'note-corrected': (left: Kinds) => ({
    message: `${left.count} ${left.count === 1 ? 'file is' : 'files are'} left out on purpose: ${kindsText(left)}.`,
  }),
  'note-encoding': (
    { path, reason }: { readonly path: string; readonly reason: Reason },
    say: TextOfFact,
  ) => ({ message: `${path}: ${oneLine(say(reason))}` }),
  'note-similar-classes': (classes: Classes) => ({
    message: `${classNames(classes)} may be one class under different names.`,
  }),
  'note-duplicates': ({ exact, near }: { readonly exact: Tally | null; readonly near: Tally | null }) => ({
    message: [
      ...(exact ? [copiesText('exact', exact)] : []),
      ...(near ? [copiesText('near', near)] : []),
    ].join(' '),
  }),
  'note-aspect-ratio': ({ count }: { readonly count: number }) => ({
    message: `${count === 1 ? '1 image has' : `${count} images have`} one side at least twice the other: a center crop shows at most half. Consider padding.`,
  }),
  'note-misnamed': ({ count }: { readonly count: number }) => ({
    message: `${count === 1 ? '1 file has' : `${count} files have`} an extension that does not match the content; the content decides how they are read.`,
  }),
} as const

const remedies = {
  leakage: 'Leave out the copies in training, so that what measures the network is new to it.',
  'conflicting-labels':
    'Say for each group which label is right: until then all of its images are used as they are labeled.',
  'not-in-training': 'Add training images, or take the class out of the folder.',
  'not-held-out': 'Hold out some images of every class.',
  imbalance: 'Balanced sampling or class weights are in a new run’s data settings.',
  'few-images': 'Starting from a run that was trained on more helps most.',
  'unusable-files':
    'Look at the reasons; repair the files and import the folder again, or continue without them.',
  corrected: 'These corrections hold whenever the folder is imported again, until they are taken back.',
  'aspect-ratio': 'Pad and squash are in a new run’s data settings.',
  encoding: 'Save the list as UTF-8 and import it again, if a class or a file is named wrongly.',
  'similar-classes': 'If they are one class, give their folders (or labels) one name and import again.',
  misnamed: 'Other programs may not read them; this one does.',
} as const

/** A finding that notes of the report lead to. */
export type NotedFinding = keyof typeof remedies

/** What the window says of a data set's health: a note, and what to do about it. */
export const findings = {
  'finding-noted': (
    { finding, notes }: { readonly finding: NotedFinding; readonly notes: readonly Stored[] },
    say: TextOfFact,
  ) => ({ message: notes.map((note) => say(note).message).join(' '), hint: remedies[finding] }),
  'finding-copies': variants({
    exact: ({ contradicting = 0, ...tally }: Tally & { readonly contradicting?: number }) => ({
      message: copiesText('exact', tally),
      hint: `Copies give their picture more weight; leave them out unless that is intended.${contradictingText(contradicting)}`,
    }),
    near: (tally: Tally) => ({
      message: copiesText('near', tally),
      hint: 'They may be the same photo saved twice: look at the groups before leaving any out.',
    }),
  }),
  'finding-no-validation': fixedText(
    'There are no validation images: the best epoch cannot be determined.',
    'Import again with a share for validation, such as 15%.',
  ),
  'finding-no-test': fixedText(
    'There are no test images: an honest error needs some that training never saw.',
    'Import again with a share for testing, such as 15%.',
  ),
  'finding-small-images': ({ count, side }: { readonly count: number; readonly side: number }) => ({
    message: `${counted(count, 'image')} ${count === 1 ? 'is' : 'are'} smaller than ${side} pixels and will be enlarged.`,
    hint:
      count === 1
        ? 'Leave it out if it is an icon or a thumbnail.'
        : 'Leave them out if they are icons or thumbnails.',
  }),
} as const
