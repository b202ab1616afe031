import type { Connection } from './database.ts'
import { keyOf } from './references.ts'
import type { EpochRow, Id } from './types.ts'

export interface EpochSummary<Record extends EpochRow> {
  readonly epochs: number
  readonly best: Record | null
  readonly last: Record | null
}

export type Epochs = ReturnType<typeof epochTable>

/** What each epoch of a run brought, as the trainer tells it. */
export function epochTable(database: Connection) {
  const put = database.prepare(
    'INSERT INTO epochs (run, epoch, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
  )
  const select = database.prepare<[number], { record: string }>(
    'SELECT record FROM epochs WHERE run = ? ORDER BY epoch',
  )
  const count = database.prepare<[number], { count: number }>(
    'SELECT count(*) AS count FROM epochs WHERE run = ?',
  )
  const last = database.prepare<[number], { record: string }>(
    'SELECT record FROM epochs WHERE run = ? ORDER BY epoch DESC LIMIT 1',
  )
  // As the index has it.
  const error = "json_extract(record, '$.validation.top1Error')"
  const best = database.prepare<[number], { record: string }>(
    `SELECT record FROM epochs WHERE run = ? AND ${error} IS NOT NULL
     ORDER BY ${error}, json_extract(record, '$.validation.loss'), epoch LIMIT 1`,
  )
  const remove = database.prepare('DELETE FROM epochs WHERE run = ? AND epoch > ?')

  return {
    /** A resumed run may come to an epoch again: the later record stands. */
    put(run: Id, record: EpochRow): void {
      put.run(keyOf('run', run), record.epoch, JSON.stringify(record))
    },
    list: <Record extends EpochRow>(run: Id): readonly Record[] =>
      select.all(keyOf('run', run)).map(({ record }) => JSON.parse(record) as Record),
    /** How many there are, the one with the lowest top-1 error (of equal ones the lowest loss), and the last. */
    summary<Record extends EpochRow>(run: Id): EpochSummary<Record> {
      const key = keyOf('run', run)
      const read = (row: { record: string } | undefined): Record | null =>
        row === undefined ? null : (JSON.parse(row.record) as Record)
      return { epochs: count.get(key)!.count, best: read(best.get(key)), last: read(last.get(key)) }
    },
    /** Forgets what came after the checkpoint that a run is resumed from. */
    forgetAfter(run: Id, epoch: number): void {
      remove.run(keyOf('run', run), epoch)
    },
  }
}
