import { difference, type Difference } from '../dataset/difference.ts'
import { relocate } from '../dataset/relocate.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context.ts'

export interface RelocateInput {
  readonly dataset: Id
  /** Where it is now, or a folder above; absolute. */
  readonly folder: string
}

export interface RelocateResult {
  /** The same, where every file is as it was; else a new version of it. */
  readonly dataset: Id
  /** Images that are not there any more. */
  readonly missing: readonly string[]
}

/**
 * Finds a data set that moved. Where all files lie as before, only under another root, runs go on with it; where some
 * are renamed or missing it becomes a new version, since runs are true to what they were started with.
 * @throws StudioError `not-found`
 */
export async function relocateDataset(context: JobContext, input: RelocateInput): Promise<RelocateResult> {
  const { datasets } = context.registry
  const before = datasets.manifest(input.dataset)
  const { manifest, missing } = await relocate(before, input.folder, { signal: context.signal })
  if (!sameImages(before, manifest)) return { dataset: datasets.succeed(input.dataset, manifest).id, missing }
  datasets.move(input.dataset, manifest)
  return { dataset: input.dataset, missing }
}

/** What became of a data set's files since its import, in its folder or another one. */
export function datasetDifference(
  { registry, signal }: JobContext,
  { dataset, folder }: { readonly dataset: Id; readonly folder: string | null },
): Promise<Difference> {
  return difference(registry.datasets.manifest(dataset), folder ?? undefined, { signal })
}

function sameImages(a: Manifest, b: Manifest): boolean {
  return (
    a.images.length === b.images.length && a.images.every(({ path }, index) => b.images[index]!.path === path)
  )
}
