import { realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Manifest } from '../../dataset/types.ts'

/** Where a data set comes from. */
export interface Source {
  /** The folder or the CSV file: absolute, by its real name. */
  readonly path: string
  /** What the registry knows it by. */
  readonly location: Pick<Manifest, 'root' | 'source'>
}

/**
 * One folder is one data set, whatever way leads to it. What can't be resolved is the importer's to refuse.
 * @param source a folder, or a CSV file, absolute or relative to the working directory
 */
export async function resolveSource(source: string): Promise<Source> {
  const path = await realpath(source).catch(() => resolve(source))
  const facts = await stat(path).catch(() => null)
  const isFile = facts?.isFile() ?? false
  const location = isFile ? { root: dirname(path), source: { kind: 'csv' as const, path } } : { root: path }
  return { path, location }
}
