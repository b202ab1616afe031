import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { isRunning, thisOwner } from './owner.ts'

/** Where something is written that is to appear under `path` when it is whole; tells whose it is. */
export function temporaryPath(path: string): string {
  return `${path}.${thisOwner()}-${randomBytes(4).toString('hex')}.tmp`
}

/** A new folder among the system's temporary files; tells whose it is, too. The caller deletes it. */
export function temporaryFolder(
  kind: 'export' | 'graph' | 'keras' | 'registry' | 'smoke' | 'weights',
): string {
  return mkdtempSync(join(tmpdir(), `vgg-studio-${kind}-${thisOwner()}-`))
}

/** Earlier versions left out when the process has started. */
const ownFolder = /^vgg-studio-[a-z]+-(\d+)-([0-9a-f]{8})-(?:([0-9a-f]{8})-)?/
/** As earlier versions named them. */
const earlierFolder = /^vgg-studio-(?:graph|registry|keras|weights)-[A-Za-z0-9]{6}$/

/** The ends of such names; those of earlier versions do not say whose they are. */
const ending = /\.(?:(\d+)-([0-9a-f]{8})-(?:([0-9a-f]{8})-)?)?[0-9a-f]{8}\.tmp$/
/** ms after which what another machine, or an earlier version, was writing counts as left behind. */
const abandoned = 24 * 3_600_000

/**
 * Deletes what killed processes were writing in a folder: files and folders named as temporaryPath does. What a living
 * process writes stays.
 * @param isOurs of a name without its ending, where the folder may hold other things
 */
export async function removeTemporary(
  folder: string,
  isOurs: (name: string) => boolean = () => true,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const match = ending.exec(name)
    if (!match || !isOurs(name.slice(0, match.index))) continue
    const path = join(folder, name)
    if (await isLeft(path, match)) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Deletes the system's temporary folders that killed processes have made. */
export async function removeTemporaryFolders(): Promise<void> {
  const base = tmpdir()
  for (const name of await readdir(base).catch(() => [])) {
    const match = ownFolder.exec(name) ?? earlierFolder.exec(name)
    const path = join(base, name)
    if (!match || !(await isMine(path)) || !(await isLeft(path, match))) continue
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Whether a path is one that temporaryPath has made for a process that is gone. */
export async function isLeftover(path: string): Promise<boolean> {
  const match = ending.exec(basename(path))
  return match !== null && (await isLeft(path, match))
}

async function isLeft(path: string, [, pid, host, start]: RegExpExecArray): Promise<boolean> {
  const runs = host === undefined ? null : isRunning({ pid: Number(pid), host, start })
  if (runs !== null) return !runs
  const facts = await stat(path).catch(() => null)
  return facts !== null && Date.now() - facts.mtimeMs > abandoned
}

/** Whether it belongs to the user who runs this. */
export async function isMine(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null)
  return facts !== null && (process.getuid === undefined || facts.uid === process.getuid())
}
