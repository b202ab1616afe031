import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, readOwner, thisOwner } from '../../base/owner.ts'
import { temporaryPath } from '../../base/temporary.ts'
import type { DatasetImage } from '../../dataset/types.ts'
import type { Row } from '../../evaluation/types.ts'
import { openRowWriter, readRows, sortRows, type RowWriter } from '../../evaluation/storedProbabilities.ts'
import type { Id } from '../../registry/types.ts'
import { runFolder, type Home } from '../context/home.ts'
import { unfinishedFolder, writeNote, type Note } from './unfinished.ts'

/** Where the class probabilities of an evaluation lie: in its run's folder, so that they go with the run. */
export function probabilitiesPath(home: Home, run: Id, evaluation: Id): string {
  return join(runFolder(home, run), 'evaluations', `${evaluation}.probabilities`)
}

/** SHA-256 of what is evaluated: class names, and path, content and class of each image. */
export function splitHash(classes: readonly string[], images: readonly DatasetImage[]): string {
  const hash = createHash('sha256').update(JSON.stringify(classes))
  for (const { path, hash: content, label } of images) {
    hash.update(JSON.stringify([path, content, label]))
  }
  return hash.digest('hex')
}

/** The rows of an evaluation that is under way. They stay where it is interrupted, for the next that is the same. */
export interface Unfinished {
  /** Rows of the one before, and how many they are. */
  readonly earlier: () => Generator<Row, void, undefined>
  readonly done: number
  readonly writer: RowWriter
  /** Keeps what is known of it so far, to be shown when it was interrupted. */
  note(content: Note): void
  /** All rows are there: brings them into the order of their items. @returns the file that holds them */
  complete(): string
  /** Leaves it to other processes to continue it. */
  release(): void
  /** The evaluation is recorded: its rows get its name. */
  finish(evaluation: Id): void
}

/**
 * @param what all that the probabilities depend on. Where another process is at the same evaluation, this one starts
 * from the beginning, in a file of its own.
 */
export function openUnfinished(home: Home, run: Id, what: object): Unfinished {
  const folder = unfinishedFolder(home, run)
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)
  const usual = join(folder, `${name}.unfinished`)
  const isMine = claim(`${usual}.lock`)
  const path = isMine ? usual : temporaryPath(usual)
  const writer = openRowWriter(path)
  const earlier = (): Generator<Row, void, undefined> => readRows(path)
  const done = earlier().reduce((count) => count + 1, 0)
  const release = (): void => {
    if (isMine) rmSync(`${usual}.lock`, { force: true })
  }
  const close = (): void => {
    writer.close()
    release()
  }
  return {
    earlier,
    done,
    writer: { ...writer, close },
    note(content) {
      if (isMine) writeNote(join(folder, `${name}.json`), content)
    },
    release,
    complete() {
      writer.close()
      sortRows(path)
      return path
    },
    finish(evaluation) {
      renameSync(path, probabilitiesPath(home, run, evaluation))
      if (isMine) rmSync(join(folder, `${name}.json`), { force: true })
      release()
    },
  }
}

/** Whether the lock file is this process's now: it was free, or the process that had it is gone. */
function claim(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, thisOwner(), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = readOwner(readFileSync(lock, 'utf8'))
      if (owner !== null && owner.pid !== process.pid && isRunning(owner) !== false) return false
      rmSync(lock, { force: true })
    }
  }
  return false
}
