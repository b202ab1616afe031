import { byCodePoints } from './names.ts'
import { problemAt, problemWithText } from './problem.ts'
import type { Entry } from './scan.ts'
import type { Correction, CorrectionChange, Problem } from './types.ts'

/** Problems that a person made on purpose. */
export const deliberateProblems: ReadonlySet<string> = new Set(['left-out', 'mislabelled'])

/** Problems that leave nothing out. */
export const remarkProblems: ReadonlySet<string> = new Set(['encoding'])

/** One for each path, ordered by path; later ones replace earlier ones. */
export function mergeCorrections(
  before: readonly Correction[],
  changes: readonly CorrectionChange[],
): readonly Correction[] {
  const merged = new Map(before.map((correction) => [correction.path, correction]))
  for (const change of changes) {
    if (change.action === 'take-back') merged.delete(change.path)
    else merged.set(change.path, change)
  }
  return [...merged.values()].sort((a, b) => byCodePoints(a.path, b.path))
}

/** What corrections make of an entry: one that is not read, with the reason, or one of (perhaps) another class. */
export type Corrector = (entry: Entry) => { readonly problem: Problem } | { readonly entry: Entry }

/** @param entries of the whole source: they say which classes there are */
export function corrector(entries: readonly Entry[], corrections: readonly Correction[] = []): Corrector {
  if (corrections.length === 0) return (entry) => ({ entry })
  const byPath = new Map(corrections.map((correction) => [correction.path, correction]))
  const classes = new Set(entries.map(({ className }) => className))
  return (entry) => {
    const correction = byPath.get(entry.path)
    if (!correction) return { entry }
    if (correction.action !== 'relabel') return { problem: leftOut(entry, correction.action) }
    const className = correction.class.normalize('NFC')
    return classes.has(className)
      ? { entry: { ...entry, className } }
      : { problem: unknown(entry, className) }
  }
}

function leftOut({ path, className }: Entry, action: 'leave-out' | 'mislabelled'): Problem {
  return action === 'leave-out'
    ? problemAt(path, 'left-out', {})
    : problemAt(path, 'mislabelled', { className })
}

function unknown({ path }: Entry, className: string): Problem {
  return problemWithText(path, 'unknown-class', 'relabeled-unknown', { className })
}
