import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { folderBytes } from '../../base/disk.ts'
import { engineFolders, enginesOf } from '../folders.ts'
import type { InstalledCopy } from '../installable.ts'

/**
 * What is installed in the studio's folder and in the platform's.
 * @param home the studio's folder
 * @param identify says what a folder (of that name) holds; null where that is something else, or not whole
 */
export async function installedCopies(
  home: string,
  identify: (folder: string, name: string) => Pick<InstalledCopy, 'variant' | 'version' | 'used'> | null,
): Promise<readonly InstalledCopy[]> {
  const own = enginesOf(home)
  const found: InstalledCopy[] = []
  for (const engines of new Set([own, ...engineFolders()])) {
    for (const name of existsSync(engines) ? await readdir(engines) : []) {
      const folder = join(engines, name)
      const identity = identify(folder, name)
      if (identity === null) continue
      found.push({ ...identity, folder, bytes: await folderBytes(folder), removable: engines === own })
    }
  }
  return found
}
