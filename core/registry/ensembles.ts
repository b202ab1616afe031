import type { Split } from '../dataset/types.ts'
import type { Connection } from './database.ts'
import { idOf, keyOf, notFound } from './references.ts'
import type { EnsembleRow, Id } from './types.ts'

interface Row {
  readonly id: number
  readonly dataset: number | null
  readonly split: Split
  readonly result: string
  readonly created: number
}

export type Ensembles = ReturnType<typeof ensembleTable>

export function ensembleTable(database: Connection) {
  const insert = database.prepare(
    'INSERT INTO ensembles (dataset, split, result, created) VALUES (@dataset, @split, @result, @created)',
  )
  const insertMember = database.prepare(
    'INSERT INTO ensemble_members (ensemble, place, evaluation) VALUES (?, ?, ?)',
  )
  const byKey = database.prepare<[number], Row>('SELECT * FROM ensembles WHERE id = ?')
  const all = database.prepare<[], Row>('SELECT * FROM ensembles ORDER BY id')
  const membersOf = database.prepare<[number], { evaluation: number }>(
    'SELECT evaluation FROM ensemble_members WHERE ensemble = ? ORDER BY place',
  )
  const rowOf = ({ id, dataset, split, result, created }: Row): EnsembleRow => ({
    id: idOf('ensemble', id),
    members: membersOf.all(id).map(({ evaluation }) => idOf('evaluation', evaluation)),
    dataset: dataset === null ? null : idOf('dataset', dataset),
    split,
    result: JSON.parse(result) as EnsembleRow['result'],
    created: new Date(created).toISOString(),
  })
  const add = database.transaction(
    (row: Omit<EnsembleRow, 'id' | 'created' | 'dataset'> & { dataset: Id }): Id => {
      const { lastInsertRowid } = insert.run({
        dataset: keyOf('dataset', row.dataset),
        split: row.split,
        result: JSON.stringify(row.result),
        created: Date.now(),
      })
      row.members.forEach((member, place) =>
        insertMember.run(lastInsertRowid, place, keyOf('evaluation', member)),
      )
      return idOf('ensemble', lastInsertRowid)
    },
  )
  return {
    add: (row: Parameters<typeof add>[0]): Id => add.immediate(row),
    /** @throws StudioError `not-found` */
    get(id: Id): EnsembleRow {
      const row = byKey.get(keyOf('ensemble', id))
      if (!row) throw notFound('ensemble', id)
      return rowOf(row)
    },
    /** Oldest first. */
    list: (): readonly EnsembleRow[] => all.all().map(rowOf),
  }
}
