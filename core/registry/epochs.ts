import type { Connection } from './database.ts'
import { keyOf } from './references.ts'
import type { EpochRow, Id } from './types.ts'

export type Epochs = ReturnType<typeof epochTable>

/** What each epoch of a run brought, as the trainer tells it. */
export function epochTable(database: Connection) {
  const put = database.prepare(
    'INSERT INTO epochs (run, epoch, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
  )
  const select = database.prepare<[number], { record: string }>(
    'SELECT record FROM epochs WHERE run = ? ORDER BY epoch',
  )
  const remove = database.prepare('DELETE FROM epochs WHERE run = ? AND epoch > ?')

  return {
    /** A resumed run may come to an epoch again: the later record stands. */
    put(run: Id, record: EpochRow): void {
      put.run(keyOf('run', run), record.epoch, JSON.stringify(record))
    },
    list: <Record extends EpochRow>(run: Id): readonly Record[] =>
      select.all(keyOf('run', run)).map(({ record }) => JSON.parse(record) as Record),
    /** Forgets what came after the checkpoint that a run is resumed from. */
    forgetAfter(run: Id, epoch: number): void {
      remove.run(keyOf('run', run), epoch)
    },
  }
}
