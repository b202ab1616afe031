import { randomBytes } from 'node:crypto'
import { StudioError, type ErrorFact } from '../base/errors.ts'
import type { ChangedFiles } from '../dataset/changed.ts'
import type { Connection } from './database.ts'
import { leaseState, type LeaseRow, type Leases } from './leases.ts'
import { checkName, freeName, idOf, keyIn, keyOf, notFound } from './references.ts'
import type { Execution, Id, Run, RunStatus } from './types.ts'

interface Row extends LeaseRow {
  readonly identity: string
  readonly name: string
  readonly dataset: number | null
  readonly parent: number | null
  readonly like_run: number | null
  readonly plan: number | null
  readonly step: number | null
  readonly recipe: string
  readonly execution: string | null
  readonly error: string | null
  readonly notes: string
  readonly tags: string
  readonly archived: 0 | 1
  readonly created: number
  readonly started: number | null
  readonly ended: number | null
  readonly changed_files: string | null
}

export interface NewRun {
  /** Must be free. */
  readonly name?: string | undefined
  /** Becomes the name where none is given, with a number when it is taken. */
  readonly suggestion: string
  readonly dataset: Id
  readonly parent?: Id | undefined
  /** The run that it repeats. */
  readonly like?: Id | undefined
  /** The plan that it belongs to. */
  readonly plan?: Run['plan'] | undefined
  readonly recipe: unknown
  /** Whether something of an unknown run lies where this one's files would: then it gets the next id. */
  readonly isTaken?: (id: Id) => boolean
}

/** A run whose files are there, and whose row is lost. */
export interface FoundRun {
  /** Free. */
  readonly id: Id
  readonly identity: string
  readonly suggestion: string
  readonly status: EndStatus
  readonly error: ErrorFact | null
  readonly dataset: Id | null
  readonly recipe: unknown
  /** ms since 1970. */
  readonly created: number
}

export interface RunChanges {
  readonly name?: string
  readonly notes?: string
  readonly tags?: readonly string[]
  readonly archived?: boolean
}

export type EndStatus = Extract<RunStatus, 'completed' | 'stopped' | 'interrupted' | 'failed'>
export type Runs = ReturnType<typeof runTable>

export function runTable(database: Connection, leases: Leases) {
  const insert = database.prepare(
    `INSERT INTO runs (id, identity, name, status, dataset, parent, like_run, plan, step, recipe, created)
     VALUES (@id, @identity, @name, @status, @dataset, @parent, @like, @plan, @step, @recipe, @created)`,
  )
  const latest = database.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'runs'")
  const byKey = database.prepare<[number], Row>('SELECT * FROM runs WHERE id = ?')
  const byName = database.prepare<[string], Row>('SELECT * FROM runs WHERE name = ?')
  const newest = database.prepare<[], Row>('SELECT * FROM runs ORDER BY id DESC LIMIT 1')
  const all = database.prepare<[], Row>('SELECT * FROM runs ORDER BY id')
  const byStatus = database.prepare<[RunStatus], Row>('SELECT * FROM runs WHERE status = ? ORDER BY id')
  const keys = database.prepare<[], number>('SELECT id FROM runs').pluck()
  const setExecution = database.prepare('UPDATE runs SET execution = ? WHERE id = ?')
  const setChanged = database.prepare('UPDATE runs SET changed_files = ? WHERE id = ?')
  const setRecipe = database.prepare('UPDATE runs SET recipe = ? WHERE id = ?')
  const end = database.prepare(
    `UPDATE runs SET status = @status, error = @error, ended = @now, lease_host = NULL, lease_pid = NULL,
       lease_process_started = NULL, lease_heartbeat = NULL
     WHERE id = @run`,
  )
  const explain = database.prepare(
    "UPDATE runs SET error = ? WHERE id = ? AND status = 'interrupted' AND error IS NULL",
  )
  const change = database.prepare(
    'UPDATE runs SET name = @name, notes = @notes, tags = @tags, archived = @archived WHERE id = @run',
  )
  const remove = database.prepare('DELETE FROM runs WHERE id = ?')

  const taken = (name: string): boolean => byName.get(name) !== undefined
  function claimName(asked: string): string {
    const name = checkName('run', asked)
    if (taken(name)) {
      throw new StudioError('name-taken', { what: 'run', name })
    }
    return name
  }

  const create = database.transaction((run: NewRun): number => {
    let id = (latest.get()?.seq ?? 0) + 1
    while (run.isTaken?.(idOf('run', id))) id++
    insert.run({
      id,
      identity: newIdentity(),
      status: 'queued',
      name: run.name === undefined ? freeName(run.suggestion, taken) : claimName(run.name),
      dataset: keyOf('dataset', run.dataset),
      parent: run.parent === undefined ? null : keyOf('run', run.parent),
      like: run.like === undefined ? null : keyOf('run', run.like),
      plan: run.plan ? keyOf('plan', run.plan.plan) : null,
      step: run.plan?.step ?? null,
      recipe: JSON.stringify(run.recipe),
      created: Date.now(),
    })
    return id
  })
  const adopt = database.transaction(({ id, suggestion, status, error, ...run }: FoundRun): void => {
    insert.run({
      ...run,
      id: keyOf('run', id),
      name: freeName(suggestion, taken),
      status,
      dataset: run.dataset === null ? null : keyOf('dataset', run.dataset),
      ...{ parent: null, like: null, plan: null, step: null },
      recipe: JSON.stringify(run.recipe),
    })
    end.run({ run: keyOf('run', id), status, error: error && JSON.stringify(error), now: Date.now() })
  })
  const update = database.transaction((key: number, changes: RunChanges): void => {
    const row = byKey.get(key)
    if (!row) throw notFound('run', idOf('run', key))
    const renamed = changes.name !== undefined && changes.name.toLowerCase() !== row.name.toLowerCase()
    change.run({
      run: key,
      name: renamed ? claimName(changes.name) : (changes.name ?? row.name),
      notes: changes.notes ?? row.notes,
      tags: changes.tags ? JSON.stringify(changes.tags) : row.tags,
      archived: (changes.archived ?? row.archived === 1) ? 1 : 0,
    })
  })
  const removeUnlessHeld = database.transaction((id: Id): void => {
    leases.refuseHeld(id)
    if (remove.run(keyOf('run', id)).changes === 0) throw notFound('run', id)
  })

  const read = new Map<number, { readonly row: Row; readonly run: Run }>()
  /** Lists of a thousand runs are asked for all the time, and most of them stay as they are. */
  function readOnce(row: Row): Run {
    const known = read.get(row.id)
    if (known && isSame(known.row, row)) return known.run
    const run = runOf(row)
    // What a running one says depends on the clock, too.
    if (row.lease_heartbeat === null) read.set(row.id, { row, run })
    return run
  }

  const ownChanges = database.prepare<[], number>('SELECT total_changes()').pluck()
  let listed: { readonly version: string; readonly runs: readonly Run[] } | null = null
  function list(): readonly Run[] {
    const version = `${String(database.pragma('data_version', { simple: true }))} ${ownChanges.get()!}`
    if (listed?.version === version) return listed.runs
    const rows = all.all()
    const runs = rows.map(readOnce)
    const isSettled = rows.every(({ lease_heartbeat }) => lease_heartbeat === null)
    listed = isSettled ? { version, runs } : null
    return runs
  }

  function get(reference: string): Run {
    const key = keyIn('run', reference)
    const row =
      key !== null ? byKey.get(key) : reference === 'last' ? newest.get() : byName.get(reference.trim())
    if (!row) throw notFound('run', reference)
    return runOf(row)
  }

  return {
    /** A queued run. @throws StudioError `name-taken`, `invalid-name` */
    create: (run: NewRun): Run => get(idOf('run', create.immediate(run))),
    /** Takes in a run that was found. @throws where its id is not free */
    adopt(run: FoundRun): Run {
      adopt.immediate(run)
      return get(run.id)
    },
    /** @param reference an id, a name, or `last`. @throws StudioError `not-found` */
    get,
    /** A run that has not changed since the last time is the same object; so is the list if nothing has. */
    list,
    withStatus: (status: RunStatus): readonly Run[] => byStatus.all(status).map(runOf),
    ids: (): ReadonlySet<Id> => new Set(keys.all().map((key) => idOf('run', key))),
    setExecution(id: Id, execution: Execution): void {
      setExecution.run(JSON.stringify(execution), keyOf('run', id))
    },
    /** A run that once used changed files stays marked, whatever they are when it resumes. */
    setChanged(id: Id, changed: ChangedFiles): void {
      setChanged.run(JSON.stringify(changed), keyOf('run', id))
    },
    setRecipe(id: Id, recipe: unknown): void {
      setRecipe.run(JSON.stringify(recipe), keyOf('run', id))
    },
    /** Ends a process's work on the run, and its lease. */
    end(id: Id, status: EndStatus, error: ErrorFact | null = null): void {
      end.run({
        run: keyOf('run', id),
        status,
        error: error ? JSON.stringify(error) : null,
        now: Date.now(),
      })
    },
    /** Says why a run was interrupted, where nobody knew when it was. */
    explain: (id: Id, error: ErrorFact): void => void explain.run(JSON.stringify(error), keyOf('run', id)),
    /** @throws StudioError `name-taken`, `invalid-name`, `not-found` */
    update(id: Id, changes: RunChanges): Run {
      update.immediate(keyOf('run', id), changes)
      return get(id)
    },
    /** Deletes a run with its epochs, checkpoints, evaluations and exports; the files are the caller's. @throws StudioError `run-busy` */
    remove: (id: Id): void => removeUnlessHeld.immediate(id),
  }
}

export const newIdentity = (): string => randomBytes(16).toString('hex')

function isSame(a: Row, b: Row): boolean {
  for (const column in a) if (a[column as keyof Row] !== b[column as keyof Row]) return false
  return true
}

function runOf(row: Row): Run {
  const { name, notes } = row
  const unknown = leaseState(row) === 'unknown'
  return {
    id: idOf('run', row.id),
    identity: row.identity,
    name,
    status: unknown ? 'interrupted' : row.status,
    dataset: row.dataset === null ? null : idOf('dataset', row.dataset),
    parent: row.parent === null ? null : idOf('run', row.parent),
    plan: row.plan === null || row.step === null ? null : { plan: idOf('plan', row.plan), step: row.step },
    like: row.like_run === null ? null : idOf('run', row.like_run),
    recipe: JSON.parse(row.recipe) as unknown,
    execution: row.execution === null ? null : (JSON.parse(row.execution) as Execution),
    error: unknown ? strangeClock(row) : row.error === null ? null : (JSON.parse(row.error) as ErrorFact),
    notes,
    tags: JSON.parse(row.tags) as readonly string[],
    archived: row.archived === 1,
    created: new Date(row.created).toISOString(),
    started: timeOf(row.started),
    ended: timeOf(row.ended),
    ...(row.changed_files !== null && { changedFiles: JSON.parse(row.changed_files) as ChangedFiles }),
  }
}

function strangeClock({ lease_host, lease_heartbeat }: Row): ErrorFact {
  const values = { machine: lease_host!.split(' ')[0]!, heartbeat: new Date(lease_heartbeat!).toISOString() }
  return new StudioError('unknown-heartbeat', values).fact
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
