import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { inParallel } from '../dataset/parallel.ts'
import { mergeCorrections } from '../dataset/corrections.ts'
import { relocate } from '../dataset/relocate.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Dataset, Id, StoredOptions } from '../registry/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { watchOf } from './dataset/progress.ts'

export interface RelocateInput {
  readonly dataset: Id
  /** Where it is now, or a folder above; absolute. */
  readonly folder: string
}

export interface RelocateResult {
  /** The same, where every file is as it was; else a new version of it. */
  readonly dataset: Id
  readonly name: string
  readonly version: number
  readonly root: string
  /** It became a new version: some of its files are renamed or missing. */
  readonly changed: boolean
  /** Images that are not there any more. */
  readonly missing: readonly string[]
  /** Other versions that lay in the same folder and lie in this one now, and those that do not: files are missing. */
  readonly followed: readonly number[]
  readonly stayed: readonly number[]
}

/** What a relocation needs besides the files. */
export interface RelocationOrder {
  readonly folder: string
  readonly dataset: Dataset
  readonly manifest: Manifest
  readonly newest: Pick<Dataset, 'id' | 'version'>
  /** The other versions in the same folder. */
  readonly others: readonly OtherVersion[]
}

interface OtherVersion extends Pick<Dataset, 'id' | 'version'> {
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

/**
 * Finds a data set that moved. Where all files lie as before, only under another root, runs continue with it; where some
 * are renamed or missing it becomes a new version, since runs are true to what they were started with. Its other
 * versions in the same folder follow where they can.
 * @throws StudioError `not-found`; `older-version` where an older version would become the newest one
 */
export const relocateDataset = async (context: JobContext, input: RelocateInput): Promise<RelocateResult> =>
  workRelocation(context, orderRelocation(context, input))

/** @throws StudioError `not-found` */
export function orderRelocation(
  { registry: { datasets } }: HomeContext,
  input: RelocateInput,
): RelocationOrder {
  const dataset = datasets.get(input.dataset)
  const { id, name, root } = dataset
  const newest = datasets.get(name)
  const others = datasets.list().filter((one) => one.name === name && one.id !== id && one.root === root)
  return {
    folder: input.folder,
    dataset,
    manifest: datasets.manifest(id),
    newest: { id: newest.id, version: newest.version },
    others: others.map((one) => ({
      id: one.id,
      version: one.version,
      files: datasets.manifest(one.id).images.map(({ path, info }) => ({ path, bytes: info.bytes })),
    })),
  }
}

/** @throws StudioError `older-version`, those of relocate */
export async function workRelocation(context: WorkContext, order: RelocationOrder): Promise<RelocateResult> {
  const { dataset: asked, manifest: before, newest } = order
  const { id, name, options } = asked
  const { manifest, missing, renamed } = await relocate(before, order.folder, watchOf(context))
  const { root } = manifest
  const changed = !sameImages(before, manifest)
  if (changed && newest.id !== id) throw olderVersion(asked, newest, { root, missing })
  const others = root === before.root ? nobody : await whichFollow(order.others, root, context.signal)
  const dataset = await context.record('relocation', {
    dataset: id,
    manifest,
    successor: changed ? followed(options, renamed) : null,
    others: others.followed.map((one) => one.id),
  })
  return {
    ...{ dataset: dataset.id, name, version: dataset.version, root, changed, missing },
    followed: others.followed.map(({ version }) => version),
    stayed: others.stayed.map(({ version }) => version),
  }
}

/** An older version, filed again, would take the place of the newest, which knows of later files and corrections. */
function olderVersion(
  { name, version }: Dataset,
  newest: RelocationOrder['newest'],
  { root, missing }: { readonly root: string; readonly missing: readonly string[] },
): StudioError {
  return new StudioError('older-version', {
    name,
    version,
    root,
    missing: missing.length,
    example: missing[0] ?? null,
    newest,
  })
}

/** A correction goes with its image. Of what was left out nobody knows the content: it keeps its path. */
function followed(options: StoredOptions, renamed: ReadonlyMap<string, string>): StoredOptions {
  if (!options.corrections) return options
  const corrections = options.corrections.map((one) => ({ ...one, path: renamed.get(one.path) ?? one.path }))
  return { ...options, corrections: mergeCorrections([], corrections) }
}

interface Others {
  readonly followed: readonly OtherVersion[]
  readonly stayed: readonly OtherVersion[]
}

const nobody: Others = { followed: [], stayed: [] }

/** Those whose files are all there, too, by path and size, follow. */
async function whichFollow(
  others: readonly OtherVersion[],
  root: string,
  signal: AbortSignal,
): Promise<Others> {
  const [followed, stayed]: [OtherVersion[], OtherVersion[]] = [[], []]
  for (const other of others) {
    const there = await inParallel(
      other.files,
      ({ path, bytes }) => hasSize(resolve(root, path), bytes),
      signal,
    )
    ;(there.every(Boolean) ? followed : stayed).push(other)
  }
  return { followed, stayed }
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  const facts = await stat(path).catch(() => null)
  return facts?.size === bytes
}

function sameImages(a: Manifest, b: Manifest): boolean {
  return (
    a.images.length === b.images.length && a.images.every(({ path }, index) => b.images[index]!.path === path)
  )
}
