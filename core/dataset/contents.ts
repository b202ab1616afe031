import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ImportWatch } from './import.ts'
import { inParallel } from './parallel.ts'
import { startPhase } from './progress.ts'
import { filesUnder, type Walk } from './walk.ts'

/** SHA-256 of a file, hex, in bounded memory; null if it can't be read. */
export async function hashFile(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex')
  } catch {
    return null
  }
}

/** Content hashes of those files that have one of `sizes` (others can't be any of the images), by path. */
export async function hashesOf(
  root: string,
  paths: readonly string[],
  sizes: ReadonlySet<number>,
  watch: ImportWatch,
): Promise<Map<string, string>> {
  const phase = startPhase('verify', paths.length, watch.onProgress)
  let done = 0
  const hashes = await inParallel(
    paths,
    async (path) => {
      const absolute = resolve(root, path)
      const facts = await stat(absolute).catch(() => null)
      const hash = facts?.isFile() && sizes.has(facts.size) ? await hashFile(absolute) : null
      phase.at(++done)
      return hash
    },
    watch.signal,
  )
  phase.finish(done)
  return new Map(paths.flatMap((path, index) => (hashes[index] ? [[path, hashes[index]] as const] : [])))
}

/** All files in a folder, hidden ones left out, relative to it. */
export async function allFiles(folder: string, watch: ImportWatch): Promise<string[]> {
  const phase = startPhase('scan', null, watch.onProgress)
  const scanWatch = { signal: watch.signal, onFound: (files: number) => phase.at(files) }
  const walk: Walk = { root: join(folder), problems: [], watch: scanWatch, found: { files: 0 } }
  const paths: string[] = []
  for await (const path of filesUnder(walk, '', [])) paths.push(path)
  phase.finish(paths.length)
  return paths
}
