import type { Connection } from './database.ts'
import { idOf, keyOf } from './references.ts'
import type { EpochRow, Id } from './types.ts'

export interface EpochSummary<Record extends EpochRow> {
  readonly epochs: number
  readonly best: Record | null
  readonly last: Record | null
}

interface SummaryRow {
  readonly run: number
  readonly epochs: number
  readonly best: string | null
  readonly last: string | null
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
  // As the index has it.
  const error = "json_extract(record, '$.validation.top1Error')"
  const summarize = database.prepare<[string], SummaryRow>(
    `SELECT value AS run,
       (SELECT count(*) FROM epochs WHERE run = value) AS epochs,
       (SELECT record FROM epochs WHERE run = value AND ${error} IS NOT NULL
        ORDER BY ${error}, json_extract(record, '$.validation.loss'), epoch LIMIT 1) AS best,
       (SELECT record FROM epochs WHERE run = value ORDER BY epoch DESC LIMIT 1) AS last
     FROM json_each(?)`,
  )
  const remove = database.prepare('DELETE FROM epochs WHERE run = ? AND epoch > ?')

  /** All of them by one statement: a thousand runs are asked for at once. */
  function summaries<Record extends EpochRow>(runs: readonly Id[]): ReadonlyMap<Id, EpochSummary<Record>> {
    const read = (record: string | null): Record | null =>
      record === null ? null : (JSON.parse(record) as Record)
    const rows = summarize.all(JSON.stringify(runs.map((run) => keyOf('run', run))))
    return new Map(
      rows.map(({ run, epochs, best, last }) => [
        idOf('run', run),
        { epochs, best: read(best), last: read(last) },
      ]),
    )
  }

  return {
    /** A resumed run may come to an epoch again: the later record stands. */
    put(run: Id, record: EpochRow): void {
      put.run(keyOf('run', run), record.epoch, JSON.stringify(record))
    },
    list: <Record extends EpochRow>(run: Id): readonly Record[] =>
      select.all(keyOf('run', run)).map(({ record }) => JSON.parse(record) as Record),
    /** How many each has, the one with the lowest top-1 error (of equal ones the lowest loss), and the last. */
    summaries,
    summary: <Record extends EpochRow>(run: Id): EpochSummary<Record> => summaries<Record>([run]).get(run)!,
    /** Forgets what came after the checkpoint that a run is resumed from. */
    forgetAfter(run: Id, epoch: number): void {
      remove.run(keyOf('run', run), epoch)
    },
  }
}
