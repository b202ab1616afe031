import type { ConfirmedLabel, CorrectionChange } from '../dataset/types.ts'
import type { Connection } from './database.ts'

export type Corrections = ReturnType<typeof correctionTable>

interface Row {
  readonly correction: string
}

/** What a step changes. */
export interface CorrectionStep {
  /** In place of what waits for the same files. */
  readonly put: readonly CorrectionChange[]
  /** Paths: what waits for them is forgotten. */
  readonly forget: readonly string[]
  /** Labels that are right. */
  readonly confirm: readonly ConfirmedLabel[]
  /** Paths whose labels are not known to be right any more. */
  readonly doubt: readonly string[]
}

/**
 * Corrections that wait to be applied, by the name that all versions of a data set share. Applied ones are kept with
 * the options of the version that they made. Labels that were confirmed stay so.
 */
export function correctionTable(database: Connection) {
  const byName = database.prepare<[string], Row>(
    'SELECT correction FROM corrections WHERE name = ? ORDER BY path',
  )
  const put = database.prepare('INSERT OR REPLACE INTO corrections (name, path, correction) VALUES (?, ?, ?)')
  const remove = database.prepare('DELETE FROM corrections WHERE name = ? AND path = ?')
  const selectConfirmed = database.prepare<[string], ConfirmedLabel>(
    'SELECT path, class FROM confirmed_labels WHERE name = ? ORDER BY path',
  )
  const confirmOne = database.prepare(
    'INSERT OR REPLACE INTO confirmed_labels (name, path, class) VALUES (?, ?, ?)',
  )
  const doubtOne = database.prepare('DELETE FROM confirmed_labels WHERE name = ? AND path = ?')
  const settle = database.prepare('DELETE FROM corrections WHERE name = ? AND path = ? AND correction = ?')
  /** Keys in one order, so that equal ones are equal text. */
  const text = (change: CorrectionChange): string =>
    JSON.stringify([change.path, change.action, change.action === 'relabel' ? change.class : null])
  const parse = ({ correction }: Row): CorrectionChange => {
    const [path, action, name] = JSON.parse(correction) as [string, CorrectionChange['action'], string | null]
    return action === 'relabel' ? { path, action, class: name! } : { path, action }
  }

  return {
    /** Ordered by path. */
    pending: (name: string): readonly CorrectionChange[] => byName.all(name).map(parse),
    /** Ordered by path. */
    confirmed: (name: string): readonly ConfirmedLabel[] => selectConfirmed.all(name),
    change: database.transaction((name: string, step: Partial<CorrectionStep>): void => {
      for (const path of step.forget ?? []) remove.run(name, path)
      for (const change of step.put ?? []) put.run(name, change.path, text(change))
      for (const path of step.doubt ?? []) doubtOne.run(name, path)
      for (const label of step.confirm ?? []) confirmOne.run(name, label.path, label.class)
    }),
    /** They have been applied: those that were changed meanwhile stay pending. */
    settle: database.transaction((name: string, applied: readonly CorrectionChange[]): void => {
      for (const change of applied) settle.run(name, change.path, text(change))
    }),
  }
}
