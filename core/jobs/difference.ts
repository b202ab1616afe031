import { difference, type Difference } from '../dataset/difference.ts'
import { imagePath } from '../dataset/imagePath.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
import { watchOf } from './dataset/progress.ts'

export interface DifferenceInput {
  readonly dataset: Id
  /** Default: where it was. */
  readonly folder?: string | undefined
  /** Reads all files; otherwise only those whose size and time leave a doubt. */
  readonly contents?: boolean | undefined
  /** As in ImportInput. */
  readonly within?: readonly string[] | undefined
}

export interface DifferenceResult extends Difference {
  readonly dataset: Id
  readonly name: string
  readonly version: number
  readonly root: string
}

/** What became of a data set's files since its import. */
export async function datasetDifference(
  context: JobContext,
  { dataset: reference, folder, contents, within }: DifferenceInput,
): Promise<DifferenceResult> {
  const { datasets } = context.registry
  const { id, name, version, root, options, created } = datasets.get(reference)
  const manifest = datasets.manifest(id)
  const known = (): Set<string> => new Set(manifest.images.map((image) => imagePath(manifest, image)))
  const found = await difference(
    manifest,
    { folder, contents, imported: Date.parse(created), limited: options.limit !== undefined },
    { ...watchOf(context), reach: within && { folders: within, files: known() } },
  )
  return { dataset: id, name, version, root: folder ?? root, ...found }
}
