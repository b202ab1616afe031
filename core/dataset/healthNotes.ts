import type { NoteFact } from '../messages/catalog.ts'
import { deliberateProblems, remarkProblems } from './corrections.ts'
import { tallyOf } from './healthDuplicates.ts'
import type { HealthFacts } from './healthFacts.ts'

/** What a person should know about a data set. */
export type Note = NoteFact & { readonly severity: 'warning' | 'information' }

/** Classes this much larger than others pull the network towards them. */
const imbalanced = 3
/** Below this many training images a class is hardly learned from scratch. */
const few = 20
/** A center crop shows less than half of an image beyond this ratio of its sides. */
const extremeRatio = 2
/** Classes that are named. */
const named = 5

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

const warning = (note: NoteFact): Note => ({ severity: 'warning', ...note })
const information = (note: NoteFact): Note => ({ severity: 'information', ...note })

function leakage({ leakage: { exact, near } }: HealthFacts): Note[] {
  if (exact + near === 0) return []
  return [warning({ code: 'leakage', text: 'note-leakage', values: { exact, near } })]
}

function labelConflicts({ labelConflicts }: HealthFacts): Note[] {
  if (labelConflicts.length === 0) return []
  const values = tallyOf(pathsOf(labelConflicts))
  return [warning({ code: 'label-conflicts', text: 'note-label-conflicts', values })]
}

function missingClasses({ classes, splits }: HealthFacts): Note[] {
  const without = (split: 'train' | 'validation' | 'test'): string[] =>
    classes.filter((one) => one.splits[split] === 0).map(({ name }) => name)
  const untrained = without('train')
  const notes: Note[] = []
  if (untrained.length > 0) {
    const values = firstOf(untrained)
    notes.push(warning({ code: 'not-in-training', text: 'note-not-in-training', values }))
  }
  for (const split of ['validation', 'test'] as const) {
    const missing = without(split)
    if (splits[split] === 0 || missing.length === 0) continue
    const values = { split, ...firstOf(missing) }
    notes.push(information({ code: 'not-held-out', text: 'note-not-held-out', values }))
  }
  return notes
}

function imbalance({ imbalance: { largest, smallest, ratio } }: HealthFacts): Note[] {
  if (ratio === null || ratio < imbalanced) return []
  return [warning({ code: 'imbalance', text: 'note-imbalance', values: { ratio, largest, smallest } })]
}

function fewImages({ classes }: HealthFacts): Note[] {
  const small = classes.filter(({ splits }) => splits.train > 0 && splits.train < few).map(({ name }) => name)
  if (small.length === 0) return []
  const values = { few, ...firstOf(small) }
  return [information({ code: 'few-images', text: 'note-few-images', values })]
}

function leftOut({ problems }: HealthFacts): Note[] {
  const notes: Note[] = []
  for (const onPurpose of [false, true]) {
    const groups = problems.filter(
      ({ code }) => deliberateProblems.has(code) === onPurpose && !remarkProblems.has(code),
    )
    const count = groups.reduce((sum, group) => sum + group.count, 0)
    if (count === 0) continue
    const values = { count, kinds: groups.map(({ code, count: each }) => ({ code, count: each })) }
    notes.push(
      information(
        onPurpose
          ? { code: 'corrected', text: 'note-corrected', values }
          : { code: 'left-out', text: 'note-left-out', values },
      ),
    )
  }
  return notes
}

function encoding({ problems }: HealthFacts): Note[] {
  return problems
    .filter(({ code }) => code === 'encoding')
    .map(({ paths, reason }) =>
      warning({ code: 'encoding', text: 'note-encoding', values: { path: paths[0]!, reason } }),
    )
}

/** Names that differ in case, spaces, punctuation or leading zeros alone. */
function similarClasses({ classes }: HealthFacts): Note[] {
  const groups = Map.groupBy(classes, ({ name }) => plainName(name))
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const values = firstOf(group.map(({ name }) => name))
      return warning({ code: 'similar-classes', text: 'note-similar-classes', values })
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

function duplicates({ exactDuplicates, nearDuplicates }: HealthFacts): Note[] {
  if (exactDuplicates.length + nearDuplicates.length === 0) return []
  const tally = (groups: typeof exactDuplicates) => (groups.length > 0 ? tallyOf(pathsOf(groups)) : null)
  const values = { exact: tally(exactDuplicates), near: tally(nearDuplicates) }
  return [information({ code: 'duplicates', text: 'note-duplicates', values })]
}

function pathsOf(groups: HealthFacts['exactDuplicates']): string[][] {
  return groups.map(({ images }) => images.map(({ path }) => path))
}

function aspectRatios({ aspectRatios: { bins } }: HealthFacts): Note[] {
  const extreme = bins.filter(
    ({ from, to }) => (from ?? 0) >= extremeRatio || (to ?? Infinity) <= 1 / extremeRatio,
  )
  const count = extreme.reduce((sum, bin) => sum + bin.count, 0)
  if (count === 0) return []
  return [information({ code: 'aspect-ratio', text: 'note-aspect-ratio', values: { count } })]
}

function misnamed({ misnamed: { length: count } }: HealthFacts): Note[] {
  if (count === 0) return []
  return [information({ code: 'misnamed', text: 'note-misnamed', values: { count } })]
}

const firstOf = (names: readonly string[]) => ({ names: names.slice(0, named), count: names.length })
