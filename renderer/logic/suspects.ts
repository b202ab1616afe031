import type { ConfirmedLabel, CorrectionChange } from '../../core/dataset/types.ts'
import type { Suspect } from '../../core/jobs/statistics/suspects.ts'

/** What a person says of a label that is probably wrong. */
export type Decision =
  { readonly kind: 'keep' | 'accept' | 'leave-out' } | { readonly kind: 'class'; readonly class: string }

type Labeled = Pick<Suspect, 'path' | 'label' | 'suggested'>

interface Known {
  readonly pending: ReadonlyMap<string, CorrectionChange>
  /** Classes of labels that were found right, by path. */
  readonly confirmed: ReadonlyMap<string, string>
}

/** What has been decided of an image; null while it is open. An accepted suggestion is a class like another. */
export function decisionOf(
  { path, label }: Labeled,
  classes: readonly string[],
  { pending, confirmed }: Known,
): Decision | null {
  const change = pending.get(path)
  if (change?.action === 'relabel') return { kind: 'class', class: change.class }
  if (change?.action === 'leave-out' || change?.action === 'mislabelled') return { kind: 'leave-out' }
  return confirmed.get(path) === classes[label] ? { kind: 'keep' } : null
}

/** What a decision changes: labels that are right, or corrections that wait. */
export function stepFor(
  chosen: readonly Labeled[],
  classes: readonly string[],
  decision: Decision,
): { readonly put: readonly CorrectionChange[]; readonly confirm: readonly ConfirmedLabel[] } {
  if (decision.kind === 'leave-out')
    return { put: chosen.map(({ path }) => ({ path, action: 'leave-out' })), confirm: [] }
  const named = chosen.map(({ path, label, suggested }) => {
    const name =
      decision.kind === 'class' ? decision.class : classes[decision.kind === 'accept' ? suggested : label]!
    return { path, class: name, isRight: name === classes[label] }
  })
  return {
    put: named
      .filter(({ isRight }) => !isRight)
      .map(({ path, class: name }) => ({ path, action: 'relabel', class: name })),
    confirm: named.filter(({ isRight }) => isRight).map(({ path, class: name }) => ({ path, class: name })),
  }
}

/** The next one of which nothing is decided, after a place and then from the start; undefined without one. */
export function nextOpen(decisions: readonly (Decision | null)[], after: number): number | undefined {
  const open = decisions.flatMap((decision, index) => (decision === null && index !== after ? [index] : []))
  return open.find((index) => index > after) ?? open[0]
}
