import { deliberateProblems, remarkProblems } from './corrections.ts'
import type { HealthFacts } from './healthFacts.ts'
import { tallyText } from './healthDuplicates.ts'

/** A sentence for a person, and what it is about. */
export interface Note {
  readonly severity: 'warning' | 'information'
  readonly code:
    | 'leakage'
    | 'label-conflicts'
    | 'not-in-training'
    | 'not-held-out'
    | 'imbalance'
    | 'few-images'
    | 'left-out'
    | 'encoding'
    | 'similar-classes'
    | 'corrected'
    | 'duplicates'
    | 'aspect-ratio'
    | 'misnamed'
  readonly message: string
}

/** Classes this much larger than others pull the network towards them. */
const imbalanced = 3
/** Below this many training images a class is hardly learned from scratch. */
const few = 20
/** A center crop shows less than half of an image beyond this ratio of its sides. */
const extremeRatio = 2

export function healthNotes(facts: HealthFacts): Note[] {
  const notes = [
    ...leakage(facts),
    ...labelConflicts(facts),
    ...missingClasses(facts),
    ...imbalance(facts),
    ...fewImages(facts),
    ...leftOut(facts),
    ...encoding(facts),
    ...similarClasses(facts),
    ...duplicates(facts),
    ...aspectRatios(facts),
    ...misnamed(facts),
  ]
  const rank = { warning: 0, information: 1 }
  return notes.sort((a, b) => rank[a.severity] - rank[b.severity])
}

function leakage({ leakage: { exact, near } }: HealthFacts): Note[] {
  if (exact + near === 0) return []
  const parts = [exact > 0 ? `${exact} with the same content` : '', near > 0 ? `${near} nearly the same` : '']
  const many =
    exact + near === 1
      ? '1 image held out for validation or test is'
      : `${exact + near} images held out for validation or test are`
  const message = `${many} also in training (${parts.filter(Boolean).join(', ')}): errors will look better than they are.`
  return [{ severity: 'warning', code: 'leakage', message }]
}

function labelConflicts({ labelConflicts }: HealthFacts): Note[] {
  if (labelConflicts.length === 0) return []
  const tally = tallyText(pathsOf(labelConflicts))
  const message = `${tally} of duplicates have different labels: at least one of each is wrong, or the classes overlap.`
  return [{ severity: 'warning', code: 'label-conflicts', message }]
}

function missingClasses({ classes, splits }: HealthFacts): Note[] {
  const without = (split: 'train' | 'validation' | 'test'): string[] =>
    classes.filter((one) => one.splits[split] === 0).map(({ name }) => name)
  const untrained = without('train')
  const notes: Note[] = []
  if (untrained.length > 0) {
    const message = `No training image for ${names(untrained)}: the network can't learn what it never sees.`
    notes.push({ severity: 'warning', code: 'not-in-training', message })
  }
  for (const split of ['validation', 'test'] as const) {
    const missing = without(split)
    if (splits[split] === 0 || missing.length === 0) continue
    const message = `No ${split} image for ${names(missing)}: the ${split} error says nothing about them.`
    notes.push({ severity: 'information', code: 'not-held-out', message })
  }
  return notes
}

function imbalance({ imbalance: { largest, smallest, ratio } }: HealthFacts): Note[] {
  if (ratio === null || ratio < imbalanced) return []
  const message = `“${largest.name}” has ${ratio.toFixed(1)} times as many training images as “${smallest.name}” (${largest.images} and ${smallest.images}): weight the classes or sample them evenly.`
  return [{ severity: 'warning', code: 'imbalance', message }]
}

function fewImages({ classes }: HealthFacts): Note[] {
  const small = classes.filter(({ splits }) => splits.train > 0 && splits.train < few).map(({ name }) => name)
  if (small.length === 0) return []
  const message = `Fewer than ${few} training images for ${names(small)}: start from trained weights, or add images.`
  return [{ severity: 'information', code: 'few-images', message }]
}

function leftOut({ problems }: HealthFacts): Note[] {
  const notes: Note[] = []
  for (const onPurpose of [false, true]) {
    const groups = problems.filter(
      ({ code }) => deliberateProblems.has(code) === onPurpose && !remarkProblems.has(code),
    )
    const count = groups.reduce((sum, group) => sum + group.count, 0)
    if (count === 0) continue
    const what = onPurpose
      ? ['file', 'files', 'left out on purpose']
      : ['file or folder', 'files or folders', 'left out']
    const kinds = groups.map((group) => `${group.count} ${words[group.code] ?? group.code}`).join(', ')
    const message = `${count} ${count === 1 ? `${what[0]} is` : `${what[1]} are`} ${what[2]}: ${kinds}.`
    notes.push({ severity: 'information', code: onPurpose ? 'corrected' : 'left-out', message })
  }
  return notes
}

function encoding({ problems }: HealthFacts): Note[] {
  return problems
    .filter(({ code }) => code === 'encoding')
    .map(({ paths: [path], reason }) => ({
      severity: 'warning',
      code: 'encoding',
      message: `${path}: ${reason}`,
    }))
}

/** Names that differ in case, spaces, punctuation or leading zeros alone. */
function similarClasses({ classes }: HealthFacts): Note[] {
  const groups = Map.groupBy(classes, ({ name }) => plainName(name))
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const message = `${names(group.map(({ name }) => name))} may be one class under different names.`
      return { severity: 'warning', code: 'similar-classes', message }
    })
}

function plainName(name: string): string {
  const plain = name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_\-.]+/g, ' ')
    .trim()
  return plain.replaceAll(/(?<!\d)0+(?=\d)/g, '')
}

/** Codes of problems, for a sentence. */
const words: Readonly<Record<string, string>> = {
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

function duplicates({ exactDuplicates, nearDuplicates }: HealthFacts): Note[] {
  const found = [
    ...(exactDuplicates.length > 0 ? [copiesText('exact', pathsOf(exactDuplicates))] : []),
    ...(nearDuplicates.length > 0 ? [copiesText('near', pathsOf(nearDuplicates))] : []),
  ]
  return found.length === 0 ? [] : [{ severity: 'information', code: 'duplicates', message: found.join(' ') }]
}

function pathsOf(groups: HealthFacts['exactDuplicates']): string[][] {
  return groups.map(({ images }) => images.map(({ path }) => path))
}

/** The sentence on duplicates of one kind. @param groups positions or paths */
export function copiesText(
  kind: 'exact' | 'near',
  groups: readonly (readonly (number | string)[])[],
): string {
  return `${tallyText(groups)} ${kind === 'exact' ? 'are exact copies of each other' : 'look alike'}.`
}

function aspectRatios({ aspectRatios: { bins } }: HealthFacts): Note[] {
  const extreme = bins.filter(
    ({ from, to }) => (from ?? 0) >= extremeRatio || (to ?? Infinity) <= 1 / extremeRatio,
  )
  const count = extreme.reduce((sum, bin) => sum + bin.count, 0)
  if (count === 0) return []
  const message = `${images(count)} twice as long as wide, or longer: a center crop shows half of them at most. Consider padding.`
  return [{ severity: 'information', code: 'aspect-ratio', message }]
}

function misnamed({ misnamed }: HealthFacts): Note[] {
  if (misnamed.length === 0) return []
  const message = `${misnamed.length === 1 ? '1 file has' : `${misnamed.length} files have`} an extension that does not match the content; the content decides how they are read.`
  return [{ severity: 'information', code: 'misnamed', message }]
}

function images(count: number): string {
  return count === 1 ? '1 image is' : `${count} images are`
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, 5).map((name) => `“${name}”`)
  return all.length > 5 ? `${shown.join(', ')} and ${all.length - 5} more classes` : shown.join(', ')
}
