import { readdir, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname, join, parse } from 'node:path'

export interface FoundFile {
  /** Absolute; as the disk has it. */
  readonly path: string
  readonly facts: Stats
}

/**
 * The file at `path` (absolute), also where the disk holds an accented name in the other form (composed, or decomposed as
 * archives from a Mac do); null where there is none.
 */
export async function findFile(path: string): Promise<FoundFile | null> {
  const facts = await stat(path).catch(() => null)
  if (facts) return { path, facts }
  if (path.normalize('NFC') === path && path.normalize('NFD') === path) return null
  const other = await asOnDisk(path)
  const found = other === null ? null : await stat(other).catch(() => null)
  return other !== null && found ? { path: other, facts: found } : null
}

async function asOnDisk(path: string): Promise<string | null> {
  if (parse(path).root === path || (await stat(path).catch(() => null))) return path
  const parent = await asOnDisk(dirname(path))
  if (parent === null) return null
  const wanted = parse(path).base.normalize('NFC')
  for (const form of ['NFC', 'NFD'] as const) {
    const candidate = join(parent, wanted.normalize(form))
    if (await stat(candidate).catch(() => null)) return candidate
  }
  const names = await readdir(parent).catch(() => [])
  const same = names.find((name) => name.normalize('NFC') === wanted)
  return same === undefined ? null : join(parent, same)
}
