import { statfs, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Why the disk did not do what was asked of it. */
export type DiskTrouble = 'disk-full' | 'disk-read-only' | 'disk-failed'

/**
 * Trouble with the disk, by the codes of the system and of SQLite; null where an error is about something else. SQLite
 * says SQLITE_IOERR_WRITE where a quota is used up, and SQLITE_IOERR_SHMSIZE where its side file finds no room.
 */
export function diskTrouble(error: unknown): DiskTrouble | null {
  const code = String((error as { readonly code?: unknown } | null | undefined)?.code)
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_(WRITE|SHMSIZE))$/.test(code)) return 'disk-full'
  if (/^(EROFS|SQLITE_READONLY\w*)$/.test(code)) return 'disk-read-only'
  return /^(EIO|SQLITE_IOERR\w*)$/.test(code) ? 'disk-failed' : null
}

/** Whether an error of SQLite says that its file is damaged, or no database at all. */
export const isDamage = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { readonly code?: unknown } | null | undefined)?.code))

/** Whether an error of SQLite says that another program did not let go of its file in time. */
export const isLocked = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED)/.test(String((error as { readonly code?: unknown } | null | undefined)?.code))

/** The file that an error of the system names. */
export function fileOf(error: unknown): string | null {
  const { path } = error as { readonly path?: unknown }
  return typeof path === 'string' ? path : null
}

/** Bytes that are free to us on the disk of a folder, or of the one that it will lie in. */
export async function freeBytes(folder: string): Promise<number> {
  const facts = await statfs(folder).catch(() => null)
  if (facts) return facts.bavail * facts.bsize
  return dirname(folder) === folder ? 0 : freeBytes(dirname(folder))
}

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
