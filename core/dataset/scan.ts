import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { byCodePoints, classNamed, isHidden, splitNamed } from './names.ts'
import { problemAt } from './problem.ts'
import type { DatasetSource, Problem, Split } from './types.ts'
import { filesUnder, list, type ScanWatch, type Walk } from './walk.ts'

/** Why something in a source is left out before it is even opened as an image; the last three by corrections.ts. */
export type SourceProblem =
  | 'link-loop'
  | 'broken-link'
  | 'not-a-file'
  | 'no-class'
  | 'no-split'
  | 'empty-class'
  | 'missing'
  | 'unknown-split'
  | 'listed-twice'
  | 'outside'
  | 'encoding'
  | 'conflicting-labels'
  | 'left-out'
  | 'mislabelled'
  | 'unknown-class'

/** A file that a source calls an image of a class; nothing of it was read yet. */
export interface Entry {
  /** Relative to the root, `/` between folders; outside of it (CSV) with `..`, or absolute on another drive. */
  readonly path: string
  readonly absolute: string
  readonly className: string
  /** The split that the source itself states. */
  readonly given: Split | null
}

export interface Scan {
  readonly root: string
  readonly source: DatasetSource
  /** Ordered by path. */
  readonly entries: readonly Entry[]
  readonly problems: readonly Problem[]
  /** Names of classes that the source has, of some perhaps not a single file. */
  readonly named: readonly string[]
}

/**
 * The labeled files of a folder: a class per subfolder, or train / val / test folders (any case) that hold the class
 * folders. Folders inside a class folder count to the class. Reads names only.
 * Throws StudioError `not-found`, `no-classes`, `canceled`.
 */
export async function scanFolder(root: string, watch: ScanWatch = {}): Promise<Scan> {
  const facts = await stat(root).catch(() => null)
  if (!facts?.isDirectory()) throw new StudioError('not-found', { what: 'source-folder', root })
  const walk: Walk = { root, problems: [], watch, found: { files: 0 } }
  const top = await list(walk, '')
  const splitFolders = await splitTree(walk, top.folders)
  const named = new Set<string>()
  const entries = splitFolders
    ? await readSplits(walk, top, splitFolders, named)
    : await readClasses(walk, '', top, null, named)
  if (entries.length === 0) throw noClasses(root, top.files, [...named])
  entries.sort((a, b) => byCodePoints(a.path, b.path))
  return { root, source: { kind: 'folder' }, entries, problems: walk.problems, named: [...named] }
}

interface Listing {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/**
 * The folders that are splits, if the source brings splits at all: a `train` folder with folders in it, and either
 * another split or no other folder. (`train`, `bus` and `car` are three classes.)
 */
async function splitTree(walk: Walk, folders: readonly string[]): Promise<Map<string, Split> | null> {
  const named = new Map<string, Split>()
  for (const folder of folders) {
    const split = splitNamed(folder)
    if (split === 'train' && !(await hasFolders(join(walk.root, folder)))) continue
    if (split) named.set(folder, split)
  }
  const kinds = new Set(named.values())
  return kinds.has('train') && (kinds.size > 1 || named.size === folders.length) ? named : null
}

async function hasFolders(path: string): Promise<boolean> {
  const found = await readdir(path, { withFileTypes: true }).catch(() => [])
  return found.some((entry) => !isHidden(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()))
}

async function readSplits(
  walk: Walk,
  top: Listing,
  splitFolders: Map<string, Split>,
  named: Set<string>,
): Promise<Entry[]> {
  leaveOut(walk, top.files.filter(looksLikeImage), 'no-split', 'file')
  const others = top.folders.filter((folder) => !splitFolders.has(folder))
  leaveOut(walk, others, 'no-split', 'folder')
  const entries: Entry[] = []
  for (const [folder, split] of splitFolders) {
    const listing = await list(walk, folder)
    if (listing.folders.length + listing.files.length === 0)
      walk.problems.push(problemAt(folder, 'no-class', { what: 'empty' }))
    entries.push(...(await readClasses(walk, folder, listing, split, named)))
  }
  return entries
}

async function readClasses(
  walk: Walk,
  parent: string,
  listing: Listing,
  given: Split | null,
  named: Set<string>,
): Promise<Entry[]> {
  leaveOut(walk, listing.files.filter(looksLikeImage), 'no-class', 'beside')
  const ancestors = [await realpath(walk.root), await realpath(join(walk.root, parent))]
  const entries: Entry[] = []
  for (const folder of listing.folders) {
    const className = classNamed(basename(folder))
    named.add(className)
    for await (const path of filesUnder(walk, folder, ancestors))
      entries.push({ path, absolute: join(walk.root, path), className, given })
  }
  return entries
}

/** Beside the class folders only what was meant as an image is worth a word; lists and licenses are not. */
function looksLikeImage(path: string): boolean {
  return /\.(jpe?g|jfif|png|webp|gif|tiff?|avif|bmp|heic|heif|svg)$/i.test(path)
}

const listedOneByOne = 20

type LeftOut = ['no-split', 'file' | 'folder'] | ['no-class', 'beside']

function leaveOut({ problems }: Walk, paths: readonly string[], ...[code, what]: LeftOut): void {
  const add = (path: string, files: number): void =>
    void problems.push(
      code === 'no-split' ? problemAt(path, code, { what, files }) : problemAt(path, code, { what, files }),
    )
  if (paths.length <= listedOneByOne) for (const path of paths) add(path, 1)
  else add(dirname(paths[0]!), paths.length)
}

function noClasses(root: string, files: readonly string[], named: readonly string[]): StudioError {
  const csv = files.find((name) => /\.(csv|tsv)$/i.test(name))
  const list = csv === undefined ? null : join(root, csv)
  return new StudioError('no-classes', { what: 'folder', root, list, folders: named.slice(0, 6) })
}
