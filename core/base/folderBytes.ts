import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of all files below a folder; 0 where it isn't there. Two names of one file count once. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = new Map<string, number>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const facts = await stat(join(entry.parentPath, entry.name)).catch(() => null)
    if (facts) sizes.set(`${facts.dev}:${facts.ino}`, facts.size)
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}
