import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { inParallel } from '../dataset/parallel.ts'
import { mergeCorrections } from '../dataset/corrections.ts'
import { relocate } from '../dataset/relocate.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Dataset, Id, StoredOptions } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
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

/**
 * Finds a data set that moved. Where all files lie as before, only under another root, runs continue with it; where some
 * are renamed or missing it becomes a new version, since runs are true to what they were started with. Its other
 * versions in the same folder follow where they can.
 * @throws StudioError `not-found`; `older-version` where an older version would become the newest one
 */
export async function relocateDataset(context: JobContext, input: RelocateInput): Promise<RelocateResult> {
  const { datasets } = context.registry
  const asked = datasets.get(input.dataset)
  const { id, name, options } = asked
  const before = datasets.manifest(id)
  const { manifest, missing, renamed } = await relocate(before, input.folder, watchOf(context))
  const { root } = manifest
  const changed = !sameImages(before, manifest)
  const newest = datasets.get(name)
  if (changed && newest.id !== id) throw olderVersion(asked, newest, { root, missing })
  if (!changed) datasets.move(id, manifest)
  const others = root === before.root ? nobody : await moveOthers(context, id, before.root, manifest)
  const dataset = changed ? datasets.succeed(id, manifest, followed(options, renamed)) : datasets.get(id)
  return { dataset: dataset.id, name, version: dataset.version, root, changed, missing, ...others }
}

/** An older version, filed anew, would take the place of the newest, which knows of later files and corrections. */
function olderVersion(
  { name, version }: Dataset,
  newest: Dataset,
  { root, missing }: { readonly root: string; readonly missing: readonly string[] },
): StudioError {
  return new StudioError('older-version', {
    name,
    version,
    root,
    missing: missing.length,
    example: missing[0] ?? null,
    newest: { id: newest.id, version: newest.version },
  })
}

/** A correction goes with its image. Of what was left out nobody knows the content: it keeps its path. */
function followed(options: StoredOptions, renamed: ReadonlyMap<string, string>): StoredOptions {
  if (!options.corrections) return options
  const corrections = options.corrections.map((one) => ({ ...one, path: renamed.get(one.path) ?? one.path }))
  return { ...options, corrections: mergeCorrections([], corrections) }
}

type Others = Pick<RelocateResult, 'followed' | 'stayed'>

const nobody: Others = { followed: [], stayed: [] }

/** The other versions lay in the same folder: those whose files are all there, too, by path and size, follow. */
async function moveOthers(
  { registry: { datasets }, signal }: JobContext,
  id: Id,
  from: string,
  to: Pick<Manifest, 'root' | 'source'>,
): Promise<Others> {
  const { name } = datasets.get(id)
  const [followed, stayed]: [number[], number[]] = [[], []]
  const others = datasets.list().filter((one) => one.name === name && one.id !== id && one.root === from)
  for (const other of others) {
    const { images } = datasets.manifest(other.id)
    const there = await inParallel(
      images,
      ({ path, info }) => hasSize(resolve(to.root, path), info.bytes),
      signal,
    )
    const whole = there.every(Boolean)
    if (whole) datasets.move(other.id, to)
    ;(whole ? followed : stayed).push(other.version)
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
