import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { hashFile } from './contents.ts'
import { deliberateProblems } from './corrections.ts'
import { scanSource, type ImportWatch } from './import.ts'
import { inParallel } from './parallel.ts'
import { startPhase } from './progress.ts'
import type { Manifest } from './types.ts'

/** What became of a data set's files since its import. Paths relative to the root, in order. */
export interface Difference {
  readonly unchanged: number
  /** Same path, other content; also files that could not be used and were rewritten. */
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  /** Same content, other path. */
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** Files that an import would look at and the manifest knows neither as image nor as problem. */
  readonly added: readonly string[]
}

export interface DifferenceOptions {
  /** Where to look. Default: the manifest's root. */
  readonly folder?: string | undefined
  /** Milliseconds since 1970, UTC: when the manifest was made. */
  readonly imported?: number | undefined
  /**
   * Reads the content of every file that could be an image of the manifest. Otherwise only of those whose size is the
   * same and which were written or moved since `imported`: what a tool changed that sets both back is not noticed.
   */
  readonly contents?: boolean | undefined
  /** The manifest holds a part of the source: what it does not know is new only if it came since `imported`. */
  readonly limited?: boolean | undefined
}

/**
 * Compares a manifest with the files that are there now. Reads only.
 * Throws StudioError `canceled`.
 */
export async function difference(
  manifest: Manifest,
  options: DifferenceOptions = {},
  watch: ImportWatch = {},
): Promise<Difference> {
  const root = resolve(options.folder ?? manifest.root)
  const present = await presentFiles(manifest, root, watch)
  const seen = await lookAt(root, present, manifest, options, watch)
  const left = leftOut(manifest)
  const images = new Set(manifest.images.map(({ path }) => path))
  const problems = new Set(manifest.problems.map(({ path }) => path))
  const unknown = present.filter((path) => !images.has(path) && !problems.has(path))
  const found = compared(manifest.images, unknown, seen)
  const repaired = present.filter((path) => problems.has(path) && !left.has(path) && seen.get(path)?.recent)
  return {
    ...found,
    changed: [...found.changed, ...repaired],
    added: found.added.filter((path) => !options.limited || seen.get(path)?.recent),
  }
}

/** The same between two versions of one data set, from what the registry keeps: what was left out is still there. */
export function versionDifference(before: Manifest, after: Manifest): Difference {
  const now = new Map(after.images.map(({ path, hash }) => [path, { hash }]))
  const [leftBefore, leftNow] = [leftOut(before), leftOut(after)]
  for (const { path, hash } of before.images) if (leftNow.has(path)) now.set(path, { hash })
  const then = new Set(before.images.map(({ path }) => path))
  const unknown = after.images.map(({ path }) => path)
  return compared(
    before.images,
    unknown.filter((path) => !then.has(path) && !leftBefore.has(path)),
    now,
  )
}

/** How many of the images that two versions of one data set share are in another split now. */
export function resplitImages(before: Manifest, after: Manifest): number {
  const byHash = Map.groupBy(before.images, ({ hash }) => hash)
  const byPath = Map.groupBy(before.images, ({ path }) => path)
  const resplit = after.images.filter(({ hash, path, split }) => {
    const same = byHash.get(hash) ?? byPath.get(path) ?? []
    return same.length > 0 && same.every((image) => image.split !== split)
  })
  return resplit.length
}

/** Paths of what a person left out. */
function leftOut({ problems }: Manifest): ReadonlySet<string> {
  return new Set(problems.filter(({ code }) => deliberateProblems.has(code)).map(({ path }) => path))
}

/** @param seen the files that are there, by path. @param unknown those of them that are none of the images */
function compared(
  images: Manifest['images'],
  unknown: readonly string[],
  seen: ReadonlyMap<string, Pick<Seen, 'hash'>>,
): Difference {
  const gone = images.filter(({ path }) => !seen.has(path))
  const moved = pairs(gone, unknown, seen)
  const from = new Set(moved.map((pair) => pair.from))
  const to = new Set(moved.map((pair) => pair.to))
  const changed = images.filter(({ path, hash }) => seen.has(path) && seen.get(path)!.hash !== hash)
  return {
    unchanged: images.length - gone.length - changed.length,
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

interface Seen {
  /** Hash of what was read, or is taken to be unchanged; null: it can't be an image of the manifest. */
  readonly hash: string | null
  /** Written, or put where it is, since the import. */
  readonly recent: boolean
}

/** The files that are there, by path. */
async function lookAt(
  root: string,
  paths: readonly string[],
  manifest: Manifest,
  { imported = Infinity, contents = imported === Infinity }: DifferenceOptions,
  watch: ImportWatch,
): Promise<Map<string, Seen>> {
  const known = new Map(manifest.images.map((image) => [image.path, image]))
  const sizes = new Set(manifest.images.map(({ info }) => info.bytes))
  const phase = startPhase('verify', paths.length, watch.onProgress)
  let done = 0
  const seen = await inParallel(
    paths,
    async (path): Promise<Seen | null> => {
      const absolute = resolve(root, path)
      const facts = await stat(absolute).catch(() => null)
      phase.at(++done)
      if (!facts?.isFile()) return null
      const recent = Math.max(facts.mtimeMs, facts.ctimeMs) > imported
      const image = known.get(path)
      if (!sizes.has(facts.size) || (image && image.info.bytes !== facts.size)) return { hash: null, recent }
      const asItWas = image !== undefined && !contents && !recent
      return { hash: asItWas ? image.hash : await hashFile(absolute), recent }
    },
    watch.signal,
  )
  phase.finish(done)
  return new Map(paths.flatMap((path, index) => (seen[index] ? [[path, seen[index]] as const] : [])))
}

function pairs(
  gone: Manifest['images'],
  unknown: readonly string[],
  seen: ReadonlyMap<string, Pick<Seen, 'hash'>>,
): Difference['moved'] {
  const byHash = new Map<string, string[]>()
  for (const path of unknown) {
    const hash = seen.get(path)?.hash
    if (hash) byHash.set(hash, [...(byHash.get(hash) ?? []), path])
  }
  return gone.flatMap(({ path, hash }) => {
    const to = byHash.get(hash)?.shift()
    return to === undefined ? [] : [{ from: path, to }]
  })
}
