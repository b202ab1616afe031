import type { Difference } from '../../../core/dataset/difference.ts'
import { m } from '../../messages/index.ts'

/** What became of a data set's files since its import, as the window shows it. */
export interface Changes extends Difference {
  /** Number of each kind: there may be more than are listed. */
  readonly counts: Readonly<Record<ChangeKind, number>>
  /** When names, sizes and times were looked at; null: all files were read. */
  readonly checked: string | null
}

export const changeKinds = ['changed', 'missing', 'moved', 'added'] as const
export type ChangeKind = (typeof changeKinds)[number]

/** The result of a job that read all files. */
export function fullyRead(found: Difference): Changes {
  const { changed, missing, moved, added } = found
  const counts = {
    changed: changed.length,
    missing: missing.length,
    moved: moved.length,
    added: added.length,
  }
  return { ...found, counts, checked: null }
}

/** `Since the import: 3 changed, 1 missing.`; undefined where nothing is other than it was. */
export function changesText(changes: Pick<Changes, 'counts'>): string | undefined {
  const parts = partsOf(changes)
  return parts.length === 0 ? undefined : m.data.folder.counts(parts)
}

/** `3 changed`, `1 missing`: of the kinds that there are. */
export function partsOf({ counts }: Pick<Changes, 'counts'>): readonly string[] {
  return changeKinds.filter((kind) => counts[kind] > 0).map((kind) => m.data.folder.kind[kind](counts[kind]))
}
