import { StudioError } from '../base/errors.ts'
import type { Connection } from './database.ts'
import { checkName, freeName, idOf, keyIn, keyOf, notFound } from './references.ts'
import type { Id, Plan, PlanStep } from './types.ts'

interface Row {
  readonly id: number
  readonly name: string
  readonly kind: string
  readonly dataset: number | null
  readonly steps: string
  readonly halving: string | null
  readonly created: number
}

export interface NewPlan {
  /** Must be free. */
  readonly name?: string | undefined
  /** Becomes the name where none is given, with a number when it is taken. */
  readonly suggestion: string
  readonly kind: Plan['kind']
  readonly dataset: Id
  readonly steps: readonly PlanStep[]
  readonly halving?: Plan['halving']
}

/** A plan that was forgotten, and the runs that belonged to it. */
export interface RemovedPlan {
  readonly row: Row
  readonly runs: readonly number[]
}

export type Plans = ReturnType<typeof planTable>

export function planTable(database: Connection) {
  const insert = database.prepare(
    `INSERT INTO plans (name, kind, dataset, steps, halving, created)
     VALUES (@name, @kind, @dataset, @steps, @halving, @created)`,
  )
  const byKey = database.prepare<[number], Row>('SELECT * FROM plans WHERE id = ?')
  const byName = database.prepare<[string], Row>('SELECT * FROM plans WHERE name = ?')
  const all = database.prepare<[], Row>('SELECT * FROM plans ORDER BY id')
  const runsOf = database.prepare<[number], { id: number; step: number }>(
    'SELECT id, step FROM runs WHERE plan = ? AND step IS NOT NULL ORDER BY id',
  )
  const insertAgain = database.prepare(
    `INSERT INTO plans (id, name, kind, dataset, steps, halving, created)
     VALUES (@id, @name, @kind, (SELECT id FROM datasets WHERE id = @dataset), @steps, @halving, @created)`,
  )
  const belong = database.prepare<{ plan: number; id: number }>('UPDATE runs SET plan = @plan WHERE id = @id')
  const erase = database.prepare<[number]>('DELETE FROM plans WHERE id = ?')
  const taken = (name: string): boolean => byName.get(name) !== undefined

  const create = database.transaction((plan: NewPlan): number => {
    const name = plan.name === undefined ? freeName(plan.suggestion, taken) : checkName('plan', plan.name)
    if (taken(name)) throw new StudioError('name-taken', { what: 'plan', name })
    const { kind, steps, halving = null } = plan
    const row = { name, kind, dataset: keyOf('dataset', plan.dataset), steps: JSON.stringify(steps) }
    const how = halving && JSON.stringify(halving)
    return Number(insert.run({ ...row, halving: how, created: Date.now() }).lastInsertRowid)
  })

  const remove = database.transaction((key: number): RemovedPlan => {
    const row = byKey.get(key)
    if (!row) throw notFound('plan', idOf('plan', key))
    const runs = runsOf.all(key).map(({ id }) => id)
    erase.run(key)
    return { row, runs }
  })

  const restore = database.transaction(({ row, runs }: RemovedPlan): void => {
    if (taken(row.name)) throw new StudioError('name-taken', { what: 'plan', name: row.name })
    insertAgain.run(row)
    for (const id of runs) belong.run({ plan: row.id, id })
  })

  function get(reference: string): Plan {
    const key = keyIn('plan', reference)
    const row = key === null ? byName.get(reference.trim()) : byKey.get(key)
    if (!row) throw notFound('plan', reference)
    return planOf(row)
  }

  return {
    /** @throws StudioError `name-taken`, `invalid-name` */
    create: (plan: NewPlan): Plan => get(idOf('plan', create.immediate(plan))),
    /** @param reference an id or a name. @throws StudioError `not-found` */
    get,
    /** Oldest first. */
    list: (): readonly Plan[] => all.all().map(planOf),
    /** Forgets a plan; its runs stay. @returns what `restore` needs. @throws StudioError `not-found` */
    remove: (id: Id): RemovedPlan => remove.immediate(keyOf('plan', id)),
    /** Brings one back, with its runs as far as they are still there. @throws StudioError `name-taken` */
    restore(removed: RemovedPlan): Plan {
      restore.immediate(removed)
      return get(idOf('plan', removed.row.id))
    },
    /** The latest run of each step, by the step's place; null where there is none. */
    runs({ id, steps }: Plan): readonly (Id | null)[] {
      const latest = new Map(runsOf.all(keyOf('plan', id)).map((row) => [row.step, idOf('run', row.id)]))
      return steps.map((_, step) => latest.get(step) ?? null)
    },
  }
}

function planOf({ id, name, kind, dataset, steps, halving, created }: Row): Plan {
  return {
    id: idOf('plan', id),
    name,
    kind: kind as Plan['kind'],
    dataset: dataset === null ? null : idOf('dataset', dataset),
    steps: JSON.parse(steps) as readonly PlanStep[],
    halving: halving === null ? null : (JSON.parse(halving) as Plan['halving']),
    created: new Date(created).toISOString(),
  }
}
