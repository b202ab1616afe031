import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { hashFile } from './contents.ts'
import { imagePath } from './imagePath.ts'
import { inParallel } from './parallel.ts'
import type { DatasetImage, Manifest } from './types.ts'

/** Images whose files no longer hold what the manifest says of them. */
export interface ChangedFiles {
  readonly count: number
  /** Their paths, as in the manifest: the first few. */
  readonly first: readonly string[]
  /** Hash of their paths and new contents, hex: the same for the same files. */
  readonly digest: string
}

/** Paths that are named. */
const named = 5

/**
 * Which of the images have changed since the import: those of another size, and, of those written or moved since then,
 * those of other content. Files that are not there are not among them. Null where none has.
 * @param imported milliseconds since 1970, UTC
 * Throws StudioError `canceled`.
 */
export async function changedFiles(
  manifest: Pick<Manifest, 'root'>,
  images: readonly DatasetImage[],
  imported: number,
  signal?: AbortSignal,
): Promise<ChangedFiles | null> {
  const hashes = await inParallel(
    images,
    async (image) => {
      const path = imagePath(manifest, image)
      const facts = await stat(path).catch(() => null)
      if (!facts?.isFile()) return null
      const suspect = facts.size !== image.info.bytes || Math.max(facts.mtimeMs, facts.ctimeMs) >= imported
      const hash = suspect ? await hashFile(path) : null
      return hash === image.hash ? null : hash
    },
    signal,
  )
  const changed = images.flatMap(({ path }, index) => (hashes[index] ? [{ path, hash: hashes[index] }] : []))
  if (changed.length === 0) return null
  const digest = createHash('sha256')
  for (const { path, hash } of changed) digest.update(`${path}\0${hash}\n`)
  return {
    count: changed.length,
    first: changed.slice(0, named).map(({ path }) => path),
    digest: digest.digest('hex'),
  }
}
