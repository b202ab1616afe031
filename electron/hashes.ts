import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** SHA-256 by path, with slashes, from the folder `studio`. */
export type Hashes = Readonly<Record<string, string>>

/**
 * Name of the file beside the application's main script, and so inside of its archive, with the SHA-256 of each file of
 * core, its packages and its Node, which lie outside. Written when an installer is made.
 */
export const hashesFile = 'hashes.json'

/** @returns null in a checkout, where there is nothing to compare with */
export function loadHashes(app: string): Hashes | null {
  const file = join(app, 'dist', 'electron', hashesFile)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Hashes) : null
}

/** Hashes of all files below a folder. */
export async function hashesOf(folder: string): Promise<Hashes> {
  const hashes: Record<string, string> = {}
  for (const path of (await filesBelow(folder)).sort()) hashes[path] = await sha256(join(folder, path))
  return hashes
}

/** Paths of all files below a folder, with slashes. */
async function filesBelow(folder: string, within = ''): Promise<string[]> {
  const entries = await readdir(join(folder, within), { withFileTypes: true })
  const lists = entries.map(async (entry) => {
    const path = within === '' ? entry.name : `${within}/${entry.name}`
    return entry.isDirectory() ? filesBelow(folder, path) : [path]
  })
  return (await Promise.all(lists)).flat()
}

/** @returns paths of files that are changed, missing or not of the installation */
export async function changedFiles(folder: string, expected: Hashes): Promise<readonly string[]> {
  const found = await hashesOf(folder)
  const paths = new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...paths].filter((path) => expected[path] !== found[path])
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
