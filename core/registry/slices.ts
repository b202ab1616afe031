import type { SavedSlice, SliceDefinition } from '../evaluation/statistics/slices.ts'
import type { Connection } from './database.ts'

interface Row {
  readonly name: string
  readonly definition: string
}

export type Slices = ReturnType<typeof sliceTable>

/** Slices that a person named, by the name that all versions of a data set share. */
export function sliceTable(database: Connection) {
  const select = database.prepare<[string], Row>(
    'SELECT name, definition FROM slices WHERE dataset = ? ORDER BY created, name',
  )
  const insert = database.prepare(
    'INSERT OR REPLACE INTO slices (dataset, name, definition, created) VALUES (?, ?, ?, ?)',
  )
  const remove = database.prepare('DELETE FROM slices WHERE dataset = ? AND name = ?')
  return {
    /** Oldest first. @param dataset a name */
    list: (dataset: string): readonly SavedSlice[] =>
      select.all(dataset).map(({ name, definition }) => ({
        name,
        definition: JSON.parse(definition) as SliceDefinition,
      })),
    /** One of the same name is replaced. */
    put(dataset: string, { name, definition }: SavedSlice): void {
      insert.run(dataset, name, JSON.stringify(definition), Date.now())
    },
    /** @returns whether there was one */
    remove: (dataset: string, name: string): boolean => remove.run(dataset, name).changes > 0,
  }
}
