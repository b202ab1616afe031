import { createHash } from 'node:crypto'
import { readdir, readFile, rm, utimes } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { openDiskCache } from '../../base/diskCache.ts'
import { bytesOf } from '../../base/tensor.ts'
import type { Item } from '../../pipeline/types.ts'

/**
 * Keeps features of images on the disk: a folder for each way in which features are made (tableKey), in it files of rows.
 * May be deleted at any time. Several processes may use it: each adds files of its own.
 */
export interface FeatureStore {
  readonly folder: string
  /** All together; the files that have not been used for longest go first. */
  readonly bytes: number
}

/** Most bytes of features of images: a million images' as a linear head takes them. */
export const featureBytes = 2e9

/** Raise it when the same images and weights give other features than before. */
const version = 1
const magic = 'VGGF'
const suffix = '.features'

/** Everything that features depend on besides the image: a JSON value. */
export function tableKey(parts: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([version, parts]))
    .digest('hex')
    .slice(0, 40)
}

/** What tells an image from others and from what it was before it was changed; null where the file is not there. */
export function imageKey({ path, hash }: Item): string | null {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (!facts?.isFile()) return null
  const identity = hash ? [hash, facts.size] : [path, facts.mtimeMs, facts.size]
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 40)
}

/**
 * Reads what is there of some images.
 * @param keys of images; null ones are not there
 * @param target keys.length × size; rows that are not there stay as they are
 * @returns whether each row is there
 */
export async function readRows(
  { folder }: FeatureStore,
  table: string,
  { keys, size, target }: { keys: readonly (string | null)[]; size: number; target: Float32Array },
): Promise<readonly boolean[]> {
  const found = keys.map(() => false)
  const places = Map.groupBy(keys.keys(), (index) => keys[index])
  for (const name of await readdir(join(folder, table)).catch(() => [])) {
    if (!name.endsWith(suffix)) continue
    const path = join(folder, table, name)
    const rows = await readFileOfRows(path, size)
    if (rows === null) {
      await rm(path, { force: true })
      continue
    }
    let used = false
    rows.keys.forEach((key, row) => {
      for (const index of places.get(key) ?? []) {
        target.set(rows.values.subarray(row * size, (row + 1) * size), index * size)
        found[index] = used = true
      }
    })
    const now = new Date()
    if (used) await utimes(path, now, now).catch(() => undefined)
  }
  return found
}

/** Adds rows, and makes room for them. What goes wrong with the disk loses them, and nothing else. */
export async function writeRows(
  { folder, bytes: limit }: FeatureStore,
  table: string,
  { keys, size, values }: { keys: readonly string[]; size: number; values: Float32Array },
): Promise<void> {
  const header = Buffer.from(JSON.stringify({ size, keys, sum: crc32(bytesOf(values)) }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const path = join(folder, table, `${tableKey(keys).slice(0, 16)}${suffix}`)
  await openDiskCache(folder, { limit, interval: 0 }).write(
    path,
    Buffer.from(magic),
    length,
    header,
    bytesOf(values),
  )
}

interface Rows {
  readonly keys: readonly string[]
  readonly values: Float32Array
}

/** Null for anything but what was written whole. */
async function readFileOfRows(path: string, size: number): Promise<Rows | null> {
  try {
    const bytes = await readFile(path)
    if (bytes.toString('latin1', 0, 4) !== magic) return null
    const start = 8 + bytes.readUInt32LE(4)
    const header = JSON.parse(bytes.toString('utf8', 8, start)) as {
      size: number
      keys: string[]
      sum: number
    }
    const data = bytes.subarray(start)
    const isWhole = header.size === size && data.length === 4 * size * header.keys.length
    if (!isWhole || crc32(data) !== header.sum) return null
    // A copy of its own, since floats must be aligned.
    return { keys: header.keys, values: new Float32Array(new Uint8Array(data).buffer) }
  } catch {
    return null
  }
}
