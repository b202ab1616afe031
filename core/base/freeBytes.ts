import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Bytes that are free to us on the disk of a folder, or of the one that it will lie in. */
export async function freeBytes(folder: string): Promise<number> {
  const facts = await statfs(folder).catch(() => null)
  if (facts) return facts.bavail * facts.bsize
  return dirname(folder) === folder ? 0 : freeBytes(dirname(folder))
}
