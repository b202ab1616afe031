import type { Connection } from './database.ts'
import { idOf, keyOf, notFound } from './references.ts'
import type { ExportRow, Id } from './types.ts'

interface Row {
  readonly id: number
  readonly run: number
  readonly checkpoint: string
  readonly format: string
  readonly path: string
  readonly parity: string | null
  readonly created: number
}

export type Exports = ReturnType<typeof exportTable>

export function exportTable(database: Connection) {
  const insert = database.prepare(
    `INSERT INTO exports (run, checkpoint, format, path, parity, created)
     VALUES (@run, @checkpoint, @format, @path, @parity, @created)`,
  )
  const byRun = database.prepare<[number], Row>('SELECT * FROM exports WHERE run = ? ORDER BY id')
  const byKey = database.prepare<[number], Row>('SELECT * FROM exports WHERE id = ?')

  return {
    add(row: Omit<ExportRow, 'id' | 'created'>): Id {
      const { lastInsertRowid } = insert.run({
        ...row,
        run: keyOf('run', row.run),
        parity: row.parity === null ? null : JSON.stringify(row.parity),
        created: Date.now(),
      })
      return idOf('export', lastInsertRowid)
    },
    /** @throws StudioError `not-found` */
    get(id: Id): ExportRow {
      const row = byKey.get(keyOf('export', id))
      if (!row) throw notFound('export', id)
      return exportOf(row)
    },
    list: (run: Id): readonly ExportRow[] => byRun.all(keyOf('run', run)).map(exportOf),
  }
}

function exportOf({ id, run, checkpoint, format, path, parity, created }: Row): ExportRow {
  return {
    id: idOf('export', id),
    run: idOf('run', run),
    checkpoint,
    format,
    path,
    parity: parity === null ? null : (JSON.parse(parity) as unknown),
    created: new Date(created).toISOString(),
  }
}
