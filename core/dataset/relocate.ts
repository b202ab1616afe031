import { basename, join, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { allFiles, hashesOf } from './contents.ts'
import type { ImportWatch } from './import.ts'
import { byCodePoints } from './names.ts'
import { problemAt } from './problem.ts'
import type { DatasetImage, Manifest } from './types.ts'

export interface Relocation {
  /** The same images, labels and splits under the new root; what is missing there is left out, and a problem. */
  readonly manifest: Manifest
  /** Images that are not there: their old paths. */
  readonly missing: readonly string[]
  /** Images that lie under another path than before: old to new. */
  readonly renamed: ReadonlyMap<string, string>
}

/**
 * Finds a data set that moved, by the content of its files: `folder` is where it lies now, or a folder somewhere above;
 * files may have been renamed. Reads only.
 * Throws StudioError `not-found` if none of the images is there, `canceled`.
 */
export async function relocate(
  manifest: Manifest,
  folder: string,
  watch: ImportWatch = {},
): Promise<Relocation> {
  const root = resolve(folder)
  const sizes = new Set(manifest.images.map(({ info }) => info.bytes))
  const hashes = await hashesOf(root, await allFiles(root, watch), sizes, watch)
  const found = matchImages(manifest.images, hashes)
  if (found.size === 0) throw new StudioError('not-found', { what: 'images-in-folder', root })
  const missing = manifest.images.filter((image) => !found.has(image)).map(({ path }) => path)
  const inner = innerFolder(found)
  const paths = new Map([...found].map(([image, path]) => [image, path.slice(inner.length)]))
  const renamed = new Map([...paths].flatMap(([{ path: old }, path]) => (path === old ? [] : [[old, path]])))
  return { manifest: moved(manifest, resolve(root, inner), paths, missing), missing, renamed }
}

/** Each image's new path: no path twice, and where copies leave a choice the one most like the old path. */
function matchImages(
  images: readonly DatasetImage[],
  hashes: ReadonlyMap<string, string>,
): Map<DatasetImage, string> {
  const candidates = grouped([...hashes.keys()], (path) => hashes.get(path)!)
  const found = new Map<DatasetImage, string>()
  for (const [hash, copies] of grouped(images, (image) => image.hash)) {
    const taken = new Set<string>()
    for (const { image, path } of byLikeness(copies, candidates.get(hash) ?? [])) {
      if (found.has(image) || taken.has(path)) continue
      found.set(image, path)
      taken.add(path)
    }
  }
  return found
}

interface Pair {
  readonly image: DatasetImage
  readonly path: string
}

/** Number of copies of one content that are told apart; of more, any will do. */
const fewCopies = 300

function byLikeness(copies: readonly DatasetImage[], paths: readonly string[]): readonly Pair[] {
  if (copies.length > fewCopies || paths.length > fewCopies)
    return copies.slice(0, paths.length).map((image, index) => ({ image, path: paths[index]! }))
  const pairs = copies.flatMap((image) => paths.map((path) => ({ image, path })))
  return pairs
    .map((pair) => ({ ...pair, likeness: likeness(pair.image.path, pair.path) }))
    .sort((a, b) => b.likeness - a.likeness)
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

/** Names that agree, from the last on; one more if all do. */
function likeness(before: string, after: string): number {
  const [a, b] = [before.split('/').reverse(), after.split('/').reverse()]
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return before === after ? same + 1 : same
}

function moved(
  manifest: Manifest,
  root: string,
  paths: ReadonlyMap<DatasetImage, string>,
  missing: readonly string[],
): Manifest {
  const images = [...paths]
    .map(([image, path]) => (path === image.path ? image : { ...image, path }))
    .sort((a, b) => byCodePoints(a.path, b.path))
  const problems = missing.map((path) => problemAt(path, 'missing', { what: 'moved' }))
  return {
    ...manifest,
    root,
    images,
    problems: [...manifest.problems, ...problems],
    source:
      manifest.source?.kind === 'csv'
        ? { kind: 'csv', path: join(root, basename(manifest.source.path)) }
        : { kind: 'folder' },
  }
}

/**
 * The folder (with a slash, or nothing) in which most images lie as they lay before, if all lie in it; else nothing: a few
 * files with other names don't make it another folder.
 */
function innerFolder(found: ReadonlyMap<DatasetImage, string>): string {
  const votes = new Map<string, number>()
  for (const [{ path }, now] of found) {
    if (now !== path && !now.endsWith(`/${path}`)) continue
    const folder = now.slice(0, -path.length)
    votes.set(folder, (votes.get(folder) ?? 0) + 1)
  }
  const [folder = ''] = [...votes.keys()].toSorted((a, b) => votes.get(b)! - votes.get(a)!)
  return [...found.values()].every((now) => now.startsWith(folder)) ? folder : ''
}
