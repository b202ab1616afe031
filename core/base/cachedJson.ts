import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeAtomic } from './files.ts'

/** What takes long to make, kept in the cache as JSON with its digest: a damaged file is made again. */
export async function cachedJson<Value>(file: string, make: () => Value | Promise<Value>): Promise<Value> {
  const kept = await readCachedJson<Value>(file)
  if (kept !== null) return kept
  const value = await make()
  const text = JSON.stringify(value)
  // A full disk is no reason to show nothing.
  await writeAtomic(file, `${digestOf(text)}\n${text}`).catch(() => undefined)
  return value
}

/** What was kept; null where there is nothing, or it is damaged. */
export async function readCachedJson<Value>(file: string): Promise<Value | null> {
  const content = await readFile(file, 'utf8').catch(() => '')
  const end = content.indexOf('\n')
  const text = content.slice(end + 1)
  return end > 0 && content.slice(0, end) === digestOf(text) ? (JSON.parse(text) as Value) : null
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
