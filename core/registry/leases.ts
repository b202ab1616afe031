import { StudioError } from '../base/errors.ts'
import type { Connection } from './database.ts'
import { isAlive, thisProcess, type ProcessIdentity } from '../base/processIdentity.ts'
import { idOf, keyOf, notFound } from './references.ts'
import type { Id, RunStatus } from './types.ts'

/**
 * A lease of another machine (a shared folder) counts as dead when its heart has not beaten for so long, in ms: longer
 * than one update may take, since a native step lets no timer run.
 */
export const leaseTimeout = 15 * 60_000

export interface LeaseRow {
  readonly id: number
  readonly status: RunStatus
  readonly lease_host: string | null
  readonly lease_pid: number | null
  readonly lease_process_started: string | null
  readonly lease_heartbeat: number | null
}

export type Leases = ReturnType<typeof leaseTable>

/**
 * Which process works on a run. A run whose process is gone (killed, crashed, the machine restarted) is `interrupted`;
 * a process id that another program got since does not keep it alive.
 */
export function leaseTable(database: Connection, me: ProcessIdentity = thisProcess()) {
  const columns = 'id, status, lease_host, lease_pid, lease_process_started, lease_heartbeat'
  const select = database.prepare<[number], LeaseRow>(`SELECT ${columns} FROM runs WHERE id = ?`)
  const held = database.prepare<[], LeaseRow>(
    `SELECT ${columns} FROM runs WHERE status IN ('running', 'paused')`,
  )
  const take = database.prepare(
    `UPDATE runs SET status = 'running', started = ifnull(started, @now), ended = NULL, error = NULL,
       lease_host = @host, lease_pid = @pid, lease_process_started = @started, lease_heartbeat = @now
     WHERE id = @run`,
  )
  const beat = database.prepare(
    `UPDATE runs SET lease_heartbeat = @now
     WHERE id = @run AND lease_host = @host AND lease_pid = @pid AND lease_process_started = @started`,
  )
  const interrupt = database.prepare(
    `UPDATE runs SET status = 'interrupted', ended = ifnull(lease_heartbeat, @now), lease_host = NULL,
       lease_pid = NULL, lease_process_started = NULL, lease_heartbeat = NULL
     WHERE id = @run`,
  )

  const claim = database.transaction((run: number, process: ProcessIdentity): void => {
    const row = select.get(run)
    if (!row) throw notFound('run', idOf('run', run))
    if (leaseState(row) === 'held') throw busy(row)
    take.run({ run, now: Date.now(), ...process })
  })
  const reap = database.transaction((): readonly Id[] => {
    const dead = held.all().filter((row) => leaseState(row) === 'free')
    for (const { id } of dead) interrupt.run({ run: id, now: Date.now() })
    return dead.map(({ id }) => idOf('run', id))
  })

  return {
    /** Makes the run a process's own (this one's), and `running`. @throws StudioError `run-busy` where another one has it */
    claim: (id: Id, process = me): void => claim.immediate(keyOf('run', id), process),
    /** Says that the process still works on the run. False when it has lost it. */
    heartbeat: (id: Id, process = me): boolean =>
      beat.run({ run: keyOf('run', id), now: Date.now(), ...process }).changes === 1,
    /** Marks the runs whose process is gone as interrupted; returns them. */
    reap: (): readonly Id[] => (held.all().some((row) => leaseState(row) === 'free') ? reap.immediate() : []),
    /** @throws StudioError `run-busy` where a living process has the run */
    refuseHeld(id: Id): void {
      const row = select.get(keyOf('run', id))
      if (row && leaseState(row) === 'held') throw busy(row)
    },
  }
}

/**
 * Whether a living process has the run. `unknown`: the last sign of life, from another machine, is dated in the future,
 * as a wrong clock makes it. Nobody can tell then; nothing is done by itself, and a person may take the run over.
 */
export function leaseState(row: LeaseRow): 'held' | 'unknown' | 'free' {
  if (row.status !== 'running' && row.status !== 'paused') return 'free'
  if (row.lease_host === null || row.lease_pid === null) return 'free'
  const started = row.lease_process_started ?? ''
  const alive = isAlive({ host: row.lease_host, pid: row.lease_pid, started })
  if (alive !== null) return alive ? 'held' : 'free'
  const age = Date.now() - (row.lease_heartbeat ?? 0)
  // Clocks of two machines differ a little.
  if (age < -leaseTimeout) return 'unknown'
  return age < leaseTimeout ? 'held' : 'free'
}

function busy(row: LeaseRow): StudioError {
  return new StudioError('run-busy', { what: 'process', run: idOf('run', row.id), process: row.lease_pid })
}
