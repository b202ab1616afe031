import type { CorrectionChange } from '../dataset/types.ts'
import type { Connection } from './database.ts'

export type Corrections = ReturnType<typeof correctionTable>

interface Row {
  readonly correction: string
}

/**
 * Corrections that wait to be applied, by the name that all versions of a data set share. Applied ones are kept with
 * the options of the version that they made.
 */
export function correctionTable(database: Connection) {
  const byName = database.prepare<[string], Row>(
    'SELECT correction FROM corrections WHERE name = ? ORDER BY path',
  )
  const put = database.prepare('INSERT OR REPLACE INTO corrections (name, path, correction) VALUES (?, ?, ?)')
  const remove = database.prepare('DELETE FROM corrections WHERE name = ? AND path = ?')
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
    change: database.transaction(
      (name: string, changes: readonly CorrectionChange[], removed: readonly string[] = []): void => {
        for (const path of removed) remove.run(name, path)
        for (const change of changes) put.run(name, change.path, text(change))
      },
    ),
    /** They have been applied: those that were changed meanwhile stay pending. */
    settle: database.transaction((name: string, applied: readonly CorrectionChange[]): void => {
      for (const change of applied) settle.run(name, change.path, text(change))
    }),
  }
}
