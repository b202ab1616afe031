import { resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { hashesOf } from './contents.ts'
import { scanSource, type ImportWatch } from './import.ts'
import type { Manifest } from './types.ts'

/** What became of a data set's files since its import. Paths relative to the root, in order. */
export interface Difference {
  readonly unchanged: number
  /** Same path, other content. */
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  /** Same content, other path. */
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** Files that an import would look at and the manifest knows neither as image nor as problem. */
  readonly added: readonly string[]
}

/**
 * Compares a manifest with the files that are there now (in `folder`, by default its root). Reads only.
 * Throws StudioError `canceled`.
 */
export async function difference(
  manifest: Manifest,
  folder: string = manifest.root,
  watch: ImportWatch = {},
): Promise<Difference> {
  const root = resolve(folder)
  const present = await presentFiles(manifest, root, watch)
  const sizes = new Set(manifest.images.map(({ info }) => info.bytes))
  const hashes = await hashesOf(root, present, sizes, watch)
  const there = new Set(present)
  const known = new Set([...manifest.images, ...manifest.problems].map(({ path }) => path))
  const unknown = present.filter((path) => !known.has(path))
  const gone = manifest.images.filter(({ path }) => !there.has(path))
  const moved = pairs(gone, unknown, hashes)
  const from = new Set(moved.map((pair) => pair.from))
  const to = new Set(moved.map((pair) => pair.to))
  const changed = manifest.images.filter(({ path, hash }) => there.has(path) && hashes.get(path) !== hash)
  return {
    unchanged: manifest.images.length - gone.length - changed.length,
    changed: changed.map(({ path }) => path),
    missing: gone.map(({ path }) => path).filter((path) => !from.has(path)),
    moved,
    added: unknown.filter((path) => !to.has(path)),
  }
}

/** What an import would find; nothing, where it would find no data set any more. */
async function presentFiles({ source }: Manifest, root: string, watch: ImportWatch): Promise<string[]> {
  const path = source?.kind === 'csv' ? source.path : root
  try {
    return (await scanSource(path, watch)).entries.map((entry) => entry.path)
  } catch (error) {
    if (error instanceof StudioError && ['not-found', 'no-classes'].includes(error.code)) return []
    throw error
  }
}

function pairs(
  gone: Manifest['images'],
  unknown: readonly string[],
  hashes: ReadonlyMap<string, string>,
): Difference['moved'] {
  const byHash = new Map<string, string[]>()
  for (const path of unknown) {
    const hash = hashes.get(path)
    if (hash) byHash.set(hash, [...(byHash.get(hash) ?? []), path])
  }
  return gone.flatMap(({ path, hash }) => {
    const to = byHash.get(hash)?.shift()
    return to === undefined ? [] : [{ from: path, to }]
  })
}
