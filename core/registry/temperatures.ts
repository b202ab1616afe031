import type { TemperatureFit } from '../evaluation/statistics/temperature.ts'
import type { Connection } from './database.ts'
import { idOf, keyOf } from './references.ts'
import type { Id } from './types.ts'

interface Row {
  readonly evaluation: number
  readonly fit: string
}

export type Temperatures = ReturnType<typeof temperatureTable>

/** A run's temperatures: each belongs to the evaluation on validation images that it was fitted on. */
export function temperatureTable(database: Connection) {
  const insert = database.prepare(
    'INSERT OR REPLACE INTO temperatures (evaluation, fit, created) VALUES (?, ?, ?)',
  )
  const ofRun = database.prepare<[number], Row>(
    `SELECT t.evaluation, t.fit FROM temperatures t JOIN evaluations e ON e.id = t.evaluation
     WHERE e.run = ? ORDER BY t.evaluation`,
  )
  return {
    put(evaluation: Id, fit: TemperatureFit): void {
      insert.run(keyOf('evaluation', evaluation), JSON.stringify(fit), Date.now())
    },
    /** Oldest evaluation first. */
    list: (run: Id): readonly (TemperatureFit & { readonly evaluation: Id })[] =>
      ofRun.all(keyOf('run', run)).map(({ evaluation, fit }) => ({
        evaluation: idOf('evaluation', evaluation),
        ...(JSON.parse(fit) as TemperatureFit),
      })),
  }
}
