import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { StudioError } from '../../base/errors.ts'
import { isRunning, readOwner } from '../../base/owner.ts'
import { temporaryPath } from '../../base/temporary.ts'
import type { SoFar } from '../../evaluation/types.ts'
import type { Id } from '../../registry/types.ts'
import type { EvaluateInput } from './evaluateInput.ts'
import { runFolder, type Home } from '../context/home.ts'

/** An interrupted evaluation: the same input continues it. */
export interface UnfinishedEvaluation {
  /** Its own within the run. */
  readonly name: string
  readonly run: Id
  readonly input: EvaluateInput
  readonly protocolText: string
  readonly checkpoint: string
  readonly dataset: Id
  readonly split: string
  /** Images that it is about. */
  readonly images: number
  /** What holds for those that are done; null where none was. */
  readonly soFar: SoFar | null
}

export type Note = Omit<UnfinishedEvaluation, 'name' | 'run'>

const fraction = z.number().min(0).max(1)
const note = z.object({
  input: z.looseObject({ run: z.string() }),
  protocolText: z.string(),
  checkpoint: z.string(),
  dataset: z.string(),
  split: z.string(),
  images: z.number(),
  soFar: z
    .object({
      images: z.number(),
      top1Error: fraction,
      top1Interval: z.object({ low: fraction, high: fraction }),
      top5Error: fraction.nullable(),
    })
    .nullable(),
})

export const unfinishedFolder = (home: Home, run: Id): string => join(runFolder(home, run), 'evaluations')

/** What is known of an evaluation that is under way, beside its rows: small, and rewritten as it advances. */
export function writeNote(path: string, content: Note): void {
  const temporary = temporaryPath(path)
  writeFileSync(temporary, JSON.stringify(content))
  renameSync(temporary, path)
}

/** Evaluations of a run that were interrupted and that no process works on. */
export function unfinishedEvaluations(home: Home, run: Id): readonly UnfinishedEvaluation[] {
  const folder = unfinishedFolder(home, run)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => {
    const name = /^([0-9a-f]{16})\.json$/.exec(file)?.[1]
    if (name === undefined || isAtWork(folder, name)) return []
    const content = noteIn(join(folder, file))
    return content ? [{ name, run, ...content }] : []
  })
}

/**
 * Deletes what an interrupted evaluation has done.
 * @throws StudioError `not-found`, `evaluation-busy` where a process works on it
 */
export function discardUnfinished(home: Home, run: Id, name: string): void {
  const folder = unfinishedFolder(home, run)
  if (!existsSync(join(folder, `${name}.json`))) {
    throw new StudioError('not-found', { what: 'unfinished-evaluation', run })
  }
  if (isAtWork(folder, name)) {
    throw new StudioError('evaluation-busy', {})
  }
  for (const ending of ['unfinished', 'json']) rmSync(join(folder, `${name}.${ending}`), { force: true })
}

function isAtWork(folder: string, name: string): boolean {
  const lock = join(folder, `${name}.unfinished.lock`)
  try {
    const owner = readOwner(readFileSync(lock, 'utf8'))
    return owner !== null && isRunning(owner) !== false
  } catch {
    return false
  }
}

function noteIn(path: string): Note | null {
  try {
    return note.parse(JSON.parse(readFileSync(path, 'utf8'))) as Note
  } catch {
    return null
  }
}
