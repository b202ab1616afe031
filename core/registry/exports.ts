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
  readonly certificate: string | null
  readonly created: number
}

export type Exports = ReturnType<typeof exportTable>

export function exportTable(database: Connection) {
  const insert = database.prepare(
    `INSERT INTO exports (run, checkpoint, format, path, certificate, created)
     VALUES (@run, @checkpoint, @format, @path, @certificate, @created)`,
  )
  const byRun = database.prepare<[number], Row>('SELECT * FROM exports WHERE run = ? ORDER BY id')
  const byKey = database.prepare<[number], Row>('SELECT * FROM exports WHERE id = ?')

  return {
    add({ run, certificate, ...row }: Omit<ExportRow, 'id' | 'created' | 'parity'>): Id {
      const { lastInsertRowid } = insert.run({
        ...row,
        run: keyOf('run', run),
        certificate: certificate === null ? null : JSON.stringify(certificate),
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

function exportOf({ id, run, checkpoint, format, path, parity, certificate, created }: Row): ExportRow {
  return {
    id: idOf('export', id),
    run: idOf('run', run),
    checkpoint,
    format,
    path,
    parity: parity === null ? null : (JSON.parse(parity) as unknown),
    certificate: certificate === null ? null : (JSON.parse(certificate) as ExportRow['certificate']),
    created: new Date(created).toISOString(),
  }
}
