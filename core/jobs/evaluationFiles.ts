import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasProcess } from '../base/host.ts'
import { temporaryPath } from '../base/temporary.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Row } from '../evaluation/types.ts'
import { openRowWriter, readRows, type RowWriter } from '../evaluation/probabilities.ts'
import type { Id } from '../registry/types.ts'
import { runFolder, type Home } from './home.ts'

/** Where the class probabilities of an evaluation lie: in its run's folder, so that they go with the run. */
export function probabilitiesPath(home: Home, run: Id, evaluation: Id): string {
  return join(runFolder(home, run), 'evaluations', `${evaluation}.probabilities`)
}

/** SHA-256 of what is evaluated: class names, and path, content and class of each image. */
export function splitHash(manifest: Manifest, positions: readonly number[]): string {
  const hash = createHash('sha256').update(JSON.stringify(manifest.classes))
  for (const position of positions) {
    const { path, hash: content, label } = manifest.images[position]!
    hash.update(JSON.stringify([path, content, label]))
  }
  return hash.digest('hex')
}

/** The rows of an evaluation that is under way. They stay where it is broken off, for the next that is the same. */
export interface Unfinished {
  /** Rows of the one before, and how many they are. */
  readonly earlier: () => Generator<Row, void, undefined>
  readonly done: number
  readonly writer: RowWriter
  /** The evaluation is recorded: its rows get its name. */
  finish(evaluation: Id): void
}

/**
 * @param what all that the probabilities depend on. Where another process is at the same evaluation, this one starts
 * from the beginning, in a file of its own.
 */
export function openUnfinished(home: Home, run: Id, what: object): Unfinished {
  const folder = join(runFolder(home, run), 'evaluations')
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)
  const usual = join(folder, `${name}.unfinished`)
  const isMine = claim(`${usual}.lock`)
  const path = isMine ? usual : temporaryPath(usual)
  const writer = openRowWriter(path)
  const earlier = (): Generator<Row, void, undefined> => readRows(path)
  const done = earlier().reduce((count) => count + 1, 0)
  const close = (): void => {
    writer.close()
    if (isMine) rmSync(`${usual}.lock`, { force: true })
  }
  return {
    earlier,
    done,
    writer: { ...writer, close },
    finish(evaluation) {
      close()
      sortRows(path)
      renameSync(path, probabilitiesPath(home, run, evaluation))
    },
  }
}

/** Whether the lock file is this process's now: it was free, or whoever had it is gone. */
function claim(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = Number(readFileSync(lock, 'utf8'))
      if (owner !== process.pid && hasProcess(owner)) return false
      rmSync(lock, { force: true })
    }
  }
  return false
}

/** By item, where files that could not be read at first were read later. */
function sortRows(path: string): void {
  let last = -1
  let isSorted = true
  for (const { item } of readRows(path)) {
    isSorted &&= item > last
    last = item
  }
  if (isSorted) return
  const rows = [...readRows(path)].sort((a, b) => a.item - b.item)
  rmSync(path)
  const writer = openRowWriter(path)
  rows.forEach(writer.add)
  writer.close()
}
