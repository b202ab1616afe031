import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isLeftover, temporaryPath } from './temporary.ts'

/** Keeps files that can be made again, in folders of a cache, up to a limit. */
export interface DiskCache {
  /** Not forced to the disk. A cache that can't be written to is no reason to fail. */
  write(path: string, ...parts: readonly Uint8Array[]): Promise<void>
}

export interface DiskCacheOptions {
  /** Bytes of all files together. */
  readonly limit: number
  /** Bytes that are written before the folder is looked at again. */
  readonly interval: number
}

/** @param folder `path`s lie in its subfolders */
export function openDiskCache(folder: string, { limit, interval }: DiskCacheOptions): DiskCache {
  let written = interval
  let tidying = Promise.resolve()
  return {
    async write(path, ...parts) {
      const temporary = temporaryPath(path)
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(temporary, parts)
        await rename(temporary, path)
      } catch {
        // A half written file is not found under its name, but takes room.
        await rm(temporary, { force: true }).catch(() => undefined)
        return
      }
      written += parts.reduce((sum, { length }) => sum + length, 0)
      if (written < interval) return
      written = 0
      tidying = tidying.then(() => tidy(folder, limit)).catch(() => undefined)
      await tidying
    },
  }
}

/** Deletes what killed processes have left, and the oldest files until the rest fits into nine tenths of the limit, if it is more. */
async function tidy(folder: string, limit: number): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files: { path: string; size: number; mtimeMs: number }[] = []
  for (const path of paths) {
    const facts = await stat(path).catch(() => null)
    if (await isLeftover(path)) await rm(path, { force: true })
    else if (facts) files.push({ path, size: facts.size, mtimeMs: facts.mtimeMs })
  }
  let total = files.reduce((sum, { size }) => sum + size, 0)
  if (total <= limit) return
  for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= 0.9 * limit) return
    await rm(path, { force: true })
    total -= size
  }
}
