import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { folderBytes } from '../../base/disk.ts'
import { freeBytes } from '../../base/disk.ts'
import { enginesOf } from '../../engine/folders.ts'
import type { Home } from '../../jobs/context/home.ts'
import type { StorageUse } from '../api/types.ts'

export async function storageUse(home: Home): Promise<StorageUse> {
  const [runs, exports, engines, cache, registry, free] = await Promise.all([
    folderBytes(join(home.folder, 'runs')),
    folderBytes(home.exports),
    folderBytes(enginesOf(home.folder)),
    folderBytes(home.cache),
    Promise.all(['', '-wal', '-shm'].map((suffix) => fileBytes(home.registry + suffix))),
    freeBytes(home.folder),
  ])
  const database = registry.reduce((sum, bytes) => sum + bytes, 0)
  return { home: home.folder, runs, exports, engines, cache, registry: database, free }
}

async function fileBytes(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0
}

export async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
