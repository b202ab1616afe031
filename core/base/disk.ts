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

/** The file that an error of the system names. */
export function fileOf(error: unknown): string | null {
  const { path } = error as { readonly path?: unknown }
  return typeof path === 'string' ? path : null
}
