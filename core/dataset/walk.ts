import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, throwIfAborted } from '../base/errors.ts'
import { byCodePoints, isHidden } from './names.ts'
import { problemAt } from './problem.ts'
import type { Reach } from './reach.ts'
import type { Problem } from './types.ts'

export interface ScanWatch {
  readonly signal?: AbortSignal | undefined
  onFound?(files: number): void
  /** Where a CSV's paths may lead; default: anywhere. */
  readonly reach?: Reach | undefined
}

/** A walk through one source; problems and the count grow as it goes. */
export interface Walk {
  readonly root: string
  readonly problems: Problem[]
  readonly watch: ScanWatch
  readonly found: { files: number }
}

/**
 * Paths (relative to the root) of all regular files in a folder and the folders inside it, links followed, hidden
 * names left out. A folder is entered once however many links lead to it, and never if it is one of `ancestors`
 * (real paths): so links that loop come to an end.
 */
export async function* filesUnder(
  walk: Walk,
  folder: string,
  ancestors: readonly string[],
): AsyncGenerator<string> {
  const entered = new Set(ancestors)
  const waiting = [folder]
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    if (!(await enter(walk, current, entered))) continue
    const { files, folders } = await list(walk, current)
    for (const path of files) {
      walk.watch.onFound?.(++walk.found.files)
      yield path
    }
    waiting.push(...folders.reverse())
  }
}

async function enter(
  { root, problems, watch }: Walk,
  folder: string,
  entered: Set<string>,
): Promise<boolean> {
  throwIfAborted(watch.signal)
  try {
    const real = await realpath(join(root, folder))
    if (!entered.has(real)) {
      entered.add(real)
      return true
    }
    problems.push(problemAt(folder, 'link-loop', { isFolder: true }))
  } catch (error) {
    problems.push(unreadable(folder, error))
  }
  return false
}

/** Paths directly in a folder ('' is the root), ordered by name, links resolved, hidden names left out. */
export async function list(walk: Walk, folder: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = []
  const folders: string[] = []
  try {
    const entries = await readdir(join(walk.root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => byCodePoints(a.name, b.name))) {
      if (isHidden(entry.name)) continue
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : await kindOf(walk, path)
      if (kind === 'file') files.push(path)
      else if (kind === 'folder') folders.push(path)
    }
  } catch (error) {
    walk.problems.push(unreadable(folder, error))
  }
  return { files, folders }
}

/** Kind of what is neither a plain file nor a plain folder; null (and a problem) for a broken link or a device. */
async function kindOf({ root, problems }: Walk, path: string): Promise<'file' | 'folder' | null> {
  try {
    const facts = await stat(join(root, path))
    if (facts.isDirectory()) return 'folder'
    if (facts.isFile()) return 'file'
    problems.push(problemAt(path, 'not-a-file', { what: 'device' }))
  } catch (error) {
    const loop = error instanceof Error && 'code' in error && error.code === 'ELOOP'
    problems.push(
      loop ? problemAt(path, 'link-loop', { isFolder: false }) : problemAt(path, 'broken-link', {}),
    )
  }
  return null
}

/** Why a path can't be read; names that are not Unicode come out of the file system with replacement characters. */
export function unreadable(path: string, error: unknown): Problem {
  return problemAt(
    path,
    'unreadable',
    path.includes('\ufffd') ? { what: 'name' } : { what: 'path', detail: messageOf(error) },
  )
}
