import type { CorrectionChange } from '../../core/dataset/types.ts'

/** An image of a group whose labels contradict each other. */
export interface Member {
  readonly path: string
  /** Its class as imported. */
  readonly className: string
}

type Pending = ReadonlyMap<string, CorrectionChange>

/** What a person says of a group: the class that all are of, or that none of the labels is right. */
export type Verdict = { readonly class: string } | 'none'

interface Changes {
  readonly put: readonly CorrectionChange[]
  /** Paths whose waiting correction is taken back. */
  readonly forget: readonly string[]
}

/** What a verdict changes. Images that were left out one by one stay left out. */
export function resolveConflict(members: readonly Member[], pending: Pending, verdict: Verdict): Changes {
  const judged = members.filter(({ path }) => pending.get(path)?.action !== 'leave-out')
  if (verdict === 'none')
    return { put: judged.map(({ path }) => ({ path, action: 'mislabelled' })), forget: [] }
  const { class: name } = verdict
  const [right, wrong] = [
    judged.filter(({ className }) => className === name),
    judged.filter(({ className }) => className !== name),
  ]
  return {
    put: wrong.map(({ path }) => ({ path, action: 'relabel', class: name })),
    forget: right.flatMap(({ path }) => (pending.has(path) ? [path] : [])),
  }
}

/** The verdict that waits to be applied; null while the labels still contradict each other. */
export function verdictOf(members: readonly Member[], pending: Pending): Verdict | null {
  const kept = members.flatMap(({ path, className }) => {
    const change = pending.get(path)
    if (change?.action === 'relabel') return [change.class]
    return change?.action === 'leave-out' || change?.action === 'mislabelled' ? [] : [className]
  })
  const [first] = kept
  if (first === undefined) return 'none'
  return kept.every((name) => name === first) ? { class: first } : null
}
