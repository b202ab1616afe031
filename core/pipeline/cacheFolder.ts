import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { freeBytes } from '../base/disk.ts'

/**
 * The cache's folder as all threads see it. Only this number of bytes is shared: each entry is a file of its own, so
 * that any of them, or the whole folder, may vanish at any time.
 */
export interface SharedCache {
  readonly folder: string
  /** Bytes that the entries may take together. */
  readonly limit: bigint
  /** [bytes in use, bytes that found no room, 1 once the disk refused to write]. */
  readonly usage: BigInt64Array
  /** When this loader began, ms since 1970: entries not used since are the first to go. */
  readonly since: number
}

const USED = 0
const REFUSED = 1
const BROKEN = 2

/** Share of the free disk space at the loader's start: the rest is for checkpoints, and for others. */
const shareOfDisk = 0.25

/**
 * Looks at what is there already, and makes it fit. A folder that is not there yet is empty.
 * @param options at most `bytes`, or what a quarter of the disk's free room allows
 */
export async function openCache(options: {
  readonly folder: string
  readonly bytes: number
}): Promise<SharedCache> {
  const { folder } = options
  const usage = new BigInt64Array(new SharedArrayBuffer(24))
  const since = Date.now()
  const entries = await listEntries({ folder, since })
  const room = sizeOf(entries) + shareOfDisk * (await freeBytes(folder))
  const cache = { folder, limit: BigInt(Math.floor(Math.min(options.bytes, room))), usage, since }
  await tidy(cache, entries)
  return cache
}

/** Makes room before an epoch: when entries found none, those go that were not used since the loader was opened. */
export async function makeRoom(cache: SharedCache): Promise<void> {
  if (Atomics.load(cache.usage, REFUSED) > 0n) await tidy(cache, await listEntries(cache))
}

/** Takes room for an entry; false when there is none. */
export function reserve({ usage, limit }: SharedCache, bytes: number): boolean {
  if (Atomics.load(usage, BROKEN) !== 0n) return false
  const size = BigInt(bytes)
  if (Atomics.add(usage, USED, size) + size <= limit) return true
  Atomics.sub(usage, USED, size)
  Atomics.add(usage, REFUSED, size)
  return false
}

export function releaseReserved({ usage }: SharedCache, bytes: number): void {
  Atomics.sub(usage, USED, BigInt(bytes))
}

/** The disk is full or read-only: nothing more is written, what is there is still read. */
export function stopWriting({ usage }: SharedCache): void {
  Atomics.store(usage, BROKEN, 1n)
}

interface Entry {
  readonly path: string
  readonly bytes: number
  /** ms since 1970. */
  readonly used: number
}

const sizeOf = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes, 0)

/** Counts what is there, and deletes the longest unused of what is too much. */
async function tidy(cache: SharedCache, entries: readonly Entry[]): Promise<void> {
  const limit = Number(cache.limit)
  const wanted = Math.min(limit, Number(Atomics.exchange(cache.usage, REFUSED, 0n)))
  let total = sizeOf(entries)
  for (const { path, bytes, used } of entries.toSorted((a, b) => a.used - b.used)) {
    const room = used < cache.since ? limit - wanted : limit
    if (total <= room) break
    if (await removed(path)) total -= bytes
  }
  Atomics.store(cache.usage, USED, BigInt(total))
}

const groupName = /^[0-9a-f]{2}$/
const entryName = /^[0-9a-f]{38}\.rgb$/
const leftoverName = /^[0-9a-f]{38}\.rgb\..*\.tmp$/
const hour = 3_600_000

/**
 * What there is, without leftovers of killed processes, which go. Only what the cache itself has made is counted or
 * deleted, should the folder hold anything else.
 */
async function listEntries({ folder, since }: Pick<SharedCache, 'folder' | 'since'>): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const group of await namesIn(folder, groupName)) {
    const path = join(folder, group)
    entries.push(...(await entriesIn(path, entryName)))
    for (const leftover of await entriesIn(path, leftoverName))
      if (leftover.used < since - hour) await removed(leftover.path)
  }
  return entries
}

async function entriesIn(folder: string, pattern: RegExp): Promise<Entry[]> {
  const names = await namesIn(folder, pattern)
  const found = await Promise.all(names.map((name) => entryAt(join(folder, name))))
  return found.filter((entry) => entry !== null)
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => pattern.test(name))
}

async function entryAt(path: string): Promise<Entry | null> {
  const facts = await stat(path).catch(() => null)
  return facts && { path, bytes: facts.size, used: facts.mtimeMs }
}

/** False where the file may not be deleted; then it still counts. */
async function removed(path: string): Promise<boolean> {
  return rm(path, { force: true }).then(
    () => true,
    () => false,
  )
}
