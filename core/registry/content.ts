import { copyFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { temporaryFolder } from '../base/temporary.ts'

/** Read and write version in the header (SQLite file format §1.3.3): 1 is a rollback journal, 2 a write-ahead log. */
const versions = [18, 19] as const

/** All that a database holds, its write-ahead log too, as a file that SQLite opens in memory. Writes nothing beside it. */
export function contentOf(file: string): Buffer {
  const log = `${file}-wal`
  const content = existsSync(log) && statSync(log).size > 0 ? merged(file, log) : readFileSync(file)
  for (const at of versions) content[at] = 1
  return content
}

function merged(file: string, log: string): Buffer {
  const folder = temporaryFolder('registry')
  try {
    const copy = join(folder, 'registry.sqlite')
    copyFileSync(file, copy)
    copyFileSync(log, `${copy}-wal`)
    const database = new Database(copy)
    try {
      return database.serialize()
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
