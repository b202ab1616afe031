import { readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../../jobs/home.ts'
import type { StorageUse } from '../api/types.ts'

export async function storageUse(home: Home): Promise<StorageUse> {
  const [runs, exports, cache, registry, { bavail, bsize }] = await Promise.all([
    folderBytes(join(home.folder, 'runs')),
    folderBytes(home.exports),
    folderBytes(home.cache),
    Promise.all(['', '-wal', '-shm'].map((suffix) => fileBytes(home.registry + suffix))),
    statfs(home.folder),
  ])
  const database = registry.reduce((sum, bytes) => sum + bytes, 0)
  return { home: home.folder, runs, exports, cache, registry: database, free: bavail * bsize }
}

/** Two names of one file count once: a run's best checkpoint is often also its last. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = new Map<string, number>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const facts = await stat(join(entry.parentPath, entry.name)).catch(() => null)
    if (facts) sizes.set(`${facts.dev}:${facts.ino}`, facts.size)
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

async function fileBytes(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0
}

export async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
