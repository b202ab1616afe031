import type { Correction, CorrectionChange } from '../../../core/dataset/types.ts'
import { m } from '../../messages/index.ts'

/** What waits, in words. */
export function describeChange(change: CorrectionChange): string {
  const { waits } = m.data.corrections
  return change.action === 'relabel' ? waits.relabel(change.class) : waits[change.action]
}

/** The same, for a thumbnail. */
export function markOf(change: CorrectionChange): string {
  const { marks } = m.data.corrections
  return change.action === 'relabel' ? marks.relabel(change.class) : marks[change.action]
}

/** What holds, in words. */
export function describeCorrection(correction: Correction): string {
  const { holds } = m.data.corrections
  return correction.action === 'relabel' ? holds.relabel(correction.class) : holds[correction.action]
}

/** `2 left out, 1 relabeled` */
export function summarize(changes: readonly CorrectionChange[]): string {
  const { parts } = m.data.corrections
  return (['leave-out', 'mislabelled', 'relabel', 'take-back'] as const)
    .map((action) => ({ action, many: changes.filter((change) => change.action === action).length }))
    .filter(({ many }) => many > 0)
    .map(({ action, many }) => parts[action](many))
    .join(', ')
}
