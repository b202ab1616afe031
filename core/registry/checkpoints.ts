import type { Connection } from './database.ts'
import { keyOf } from './references.ts'
import type { Checkpoint, Id } from './types.ts'

interface Row extends Omit<Checkpoint, 'top1Error' | 'created'> {
  readonly top1_error: number | null
  readonly created: number
}

export type Checkpoints = ReturnType<typeof checkpointTable>

export function checkpointTable(database: Connection) {
  const put = database.prepare(
    `INSERT INTO checkpoints (run, kind, path, epoch, step, top1_error, bytes, created)
     VALUES (@run, @kind, @path, @epoch, @step, @top1Error, @bytes, @created)
     ON CONFLICT DO UPDATE SET path = excluded.path, epoch = excluded.epoch, step = excluded.step,
       top1_error = excluded.top1_error, bytes = excluded.bytes, created = excluded.created`,
  )
  const select = database.prepare<[number], Row>(
    `SELECT kind, path, epoch, step, top1_error, bytes, created FROM checkpoints WHERE run = ?
     ORDER BY kind = 'last', created`,
  )

  return {
    /** Records the file that now is the run's checkpoint of that kind. */
    put(run: Id, checkpoint: Omit<Checkpoint, 'created'>): void {
      put.run({ ...checkpoint, run: keyOf('run', run), created: Date.now() })
    },
    /** `last` comes last. */
    list: (run: Id): readonly Checkpoint[] => select.all(keyOf('run', run)).map(checkpointOf),
  }
}

function checkpointOf({ top1_error, created, ...row }: Row): Checkpoint {
  return { ...row, top1Error: top1_error, created: new Date(created).toISOString() }
}
