import { existsSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { isDamage } from '../base/disk.ts'
import { openDatabase, type Connection } from './database.ts'

/** What became of a damaged registry. */
export interface RebuiltRegistry {
  /** Where the damaged file is now. */
  readonly kept: string
  /** Rows that could still be read: they are in the new one. */
  readonly rows: number
}

/** Whether SQLite finds its pages and indexes as they have to be; a file that is not there is not damaged. */
export function isDamaged(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    const database = new Database(file, { fileMustExist: true })
    try {
      return database.pragma('quick_check(1)', { simple: true }) !== 'ok'
    } finally {
      database.close()
    }
  } catch (error) {
    return isDamage(error)
  }
}

/**
 * Keeps a damaged registry under another name beside it, and begins a new one with all rows that can still be read. Runs
 * that are in none of them can be restored from their folders afterwards.
 * @param file as in openRegistry
 * @throws StudioError of openDatabase
 */
export function rebuildRegistry(file: string, now = new Date()): RebuiltRegistry {
  const kept = freeFile(file, now)
  // Its write-ahead log goes first: beside a new database it would be taken for that one's.
  for (const side of ['-wal', '-shm', '']) {
    if (existsSync(file + side)) renameSync(file + side, kept + side)
  }
  const database = openDatabase(file)
  try {
    return { kept, rows: salvage(kept, database) }
  } finally {
    database.close()
  }
}

/** `registry-damaged-2026-11-30T035210.sqlite`, which is not there yet. */
function freeFile(file: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '')
  for (let number = 1; ; number++) {
    const name = `${basename(file, '.sqlite')}-damaged-${time}${number === 1 ? '' : `-${number}`}.sqlite`
    const path = join(dirname(file), name)
    if (!existsSync(path)) return path
  }
}

/** Copies what can be read, table by table, and leaves out rows whose others are gone. @returns the number of rows */
function salvage(kept: string, database: Connection): number {
  let damaged: Connection
  try {
    damaged = new Database(kept, { readonly: true, fileMustExist: true })
    damaged.prepare('SELECT count(*) FROM sqlite_master').get()
  } catch {
    return 0
  }
  try {
    database.pragma('foreign_keys = OFF')
    return database.transaction(() => {
      const tables = database
        .prepare<[], string>(
          `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
        )
        .pluck()
        .all()
      for (const table of tables) copyTable(damaged, database, table)
      // Half a data set or evaluation would pass for a whole one.
      database.exec(
        `DELETE FROM datasets WHERE train + validation + test <> (SELECT count(*) FROM images WHERE dataset = id);
         DELETE FROM evaluations
           WHERE json_extract(result, '$.images') <> (SELECT count(*) FROM predictions WHERE evaluation = id)`,
      )
      // Removing one row can leave others without theirs.
      for (;;) {
        const orphans = database.pragma('foreign_key_check') as readonly Orphan[]
        if (orphans.length === 0) break
        for (const orphan of orphans) removeOrphan(database, orphan)
      }
      const count = (table: string): number =>
        database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get() as number
      return tables.reduce((sum, table) => sum + count(table), 0)
    })()
  } finally {
    damaged.close()
  }
}

/** From the first row to the damage, and from the last one back to it. */
function copyTable(damaged: Connection, database: Connection, table: string): void {
  const columns = commonColumns(damaged, database, table)
  if (columns.length === 0) return
  const names = columns.map((column) => `"${column}"`).join(', ')
  const values = columns.map(() => '?').join(', ')
  const insert = database.prepare(`INSERT OR REPLACE INTO "${table}" (${names}) VALUES (${values})`)
  const key = keyOf(database, table)
  for (const direction of ['ASC', 'DESC']) {
    const order = key.map((column) => `${column} ${direction}`).join(', ')
    try {
      const rows = damaged.prepare(`SELECT ${names} FROM "${table}" ORDER BY ${order}`).raw().iterate()
      for (const row of rows) insert.run(...(row as unknown[]))
      return
    } catch {
      // What lies behind the damage is read from the other end.
    }
  }
}

function commonColumns(damaged: Connection, database: Connection, table: string): readonly string[] {
  const columnsOf = (connection: Connection): readonly string[] =>
    (connection.pragma(`table_info("${table}")`) as readonly { readonly name: string }[]).map(
      ({ name }) => name,
    )
  try {
    const there = new Set(columnsOf(damaged))
    return columnsOf(database).filter((name) => there.has(name))
  } catch {
    return []
  }
}

/** The columns that a table is stored by: reading along them meets no index, which may be damaged too. */
function keyOf(database: Connection, table: string): readonly string[] {
  const columns = database.pragma(`table_info("${table}")`) as readonly {
    readonly name: string
    readonly pk: number
  }[]
  const isWithoutRowid = (
    database.pragma(`table_list("${table}")`) as readonly { readonly wr: number }[]
  ).some(({ wr }) => wr === 1)
  if (!isWithoutRowid) return ['rowid']
  return columns
    .filter(({ pk }) => pk > 0)
    .toSorted((a, b) => a.pk - b.pk)
    .map(({ name }) => `"${name}"`)
}

interface Orphan {
  readonly table: string
  /** Null in tables without one. */
  readonly rowid: number | null
  readonly fkid: number
}

/** Follows what the table says should happen where the other row is deleted: it goes with it, or forgets it. */
function removeOrphan(database: Connection, { table, rowid, fkid }: Orphan): void {
  const key = (
    database.pragma(`foreign_key_list("${table}")`) as readonly {
      readonly id: number
      readonly table: string
      readonly from: string
      readonly on_delete: string
    }[]
  ).find(({ id }) => id === fkid)!
  const missing = `"${key.from}" NOT IN (SELECT rowid FROM "${key.table}")`
  const where = rowid === null ? missing : `rowid = ${rowid}`
  database.exec(
    key.on_delete === 'SET NULL'
      ? `UPDATE "${table}" SET "${key.from}" = NULL WHERE ${where} AND ${missing}`
      : `DELETE FROM "${table}" WHERE ${where} AND ${missing}`,
  )
}
