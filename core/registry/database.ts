import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { diskTrouble, isDamage, isLocked } from '../base/disk.ts'
import { isDiskFull, messageOf, StudioError } from '../base/errors.ts'
import { contentOf } from './content.ts'
import { migrations } from './migrations.ts'

export type Connection = Database.Database

/** How long a write waits for another process's short transaction, in ms. */
const patience = 10_000

/**
 * Opens (or makes) a database and brings it to this version's schema: write-ahead log, foreign keys.
 * @param reading where its disk is full or can only be read, a copy in memory will do
 * @throws StudioError `registry-newer` where a newer version of the application made it; the file stays as it was.
 * @throws StudioError `home-read-only`, or that the disk is full
 * @throws StudioError `registry-damaged` where it is not a database, or its pages are not as they have to be;
 * `registry-locked` where another program does not let go of it; `registry-unreadable` where it can't be opened for
 * another reason.
 */
export function openDatabase(file: string, reading = false): Connection {
  refuseNewer(file, versionInHeader(file))
  try {
    return openFile(file)
  } catch (error) {
    if (!existsSync(file) || !(isDiskFull(error) || isReadOnly(file))) throw error
    if (reading) return openCopy(file)
    throw isDiskFull(error)
      ? error
      : new StudioError('home-read-only', { folder: dirname(file) }, { cause: error })
  }
}

function openFile(file: string): Connection {
  try {
    makeFolder(dirname(file))
    return prepared(new Database(file, { timeout: patience }), file)
  } catch (error) {
    throw error instanceof StudioError || diskTrouble(error) ? error : unreadable(file, error)
  }
}

/** SQLite reads no database with a write-ahead log where it can't write files beside it. */
function openCopy(file: string): Connection {
  try {
    return prepared(new Database(contentOf(file)), file)
  } catch (error) {
    throw error instanceof StudioError ? error : unreadable(file, error)
  }
}

function isReadOnly(file: string): boolean {
  try {
    accessSync(file, constants.W_OK)
    accessSync(dirname(file), constants.W_OK)
    return false
  } catch {
    return true
  }
}

function prepared(database: Connection, file: string): Connection {
  try {
    // The header alone may lag behind the write-ahead log of an application that is running.
    refuseNewer(file, versionOf(database))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = ON')
    migrate(database, file)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Node's own recursive mkdir never returns where the system refuses with ENOENT in a folder that is there (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have made it at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** All migrations that the database lacks, in order and as one transaction. */
function migrate(database: Connection, file: string): void {
  if (versionOf(database) === migrations.length) return
  database
    .transaction(() => {
      // Another process may have migrated while this one waited for the lock.
      const version = versionOf(database)
      refuseNewer(file, version)
      for (const migration of migrations.slice(version)) database.exec(migration)
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

function versionOf(database: Connection): number {
  return database.pragma('user_version', { simple: true }) as number
}

/** `user_version` from bytes 60–63 of the file header (SQLite file format §1.3), without opening the database. */
function versionInHeader(file: string): number {
  const header = Buffer.alloc(64)
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return 0
  }
  try {
    return readSync(descriptor, header) === 64 && header.toString('latin1', 0, 15) === 'SQLite format 3'
      ? header.readUInt32BE(60)
      : 0
  } finally {
    closeSync(descriptor)
  }
}

function refuseNewer(file: string, version: number): void {
  if (version <= migrations.length) return
  throw new StudioError('registry-newer', { file, version, known: migrations.length })
}

function unreadable(file: string, cause: unknown): StudioError {
  if (isLocked(cause)) return new StudioError('registry-locked', { file }, { cause })
  if (isDamage(cause))
    return new StudioError('registry-damaged', { file, detail: messageOf(cause) }, { cause })
  return new StudioError('registry-unreadable', { file, detail: messageOf(cause) }, { cause })
}
