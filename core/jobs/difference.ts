import type { Difference } from '../dataset/difference.ts'
import { imagePath } from '../dataset/imagePath.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Dataset, Id } from '../registry/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
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

/** What a comparison needs besides the files. */
export interface DifferenceOrder {
  readonly input: DifferenceInput
  readonly dataset: Dataset
  readonly manifest: Manifest
}

/** What became of a data set's files since its import. */
export const datasetDifference = async (
  context: JobContext,
  input: DifferenceInput,
): Promise<DifferenceResult> => workDifference(context, orderDifference(context, input))

/** @throws StudioError `not-found` */
export function orderDifference(
  { registry: { datasets } }: HomeContext,
  input: DifferenceInput,
): DifferenceOrder {
  const dataset = datasets.get(input.dataset)
  return { input, dataset, manifest: datasets.manifest(dataset.id) }
}

export async function workDifference(
  context: WorkContext,
  { input: { folder, contents, within }, dataset, manifest }: DifferenceOrder,
): Promise<DifferenceResult> {
  const { difference } = await import('../dataset/difference.ts')
  const { id, name, version, root, options, created } = dataset
  const known = (): Set<string> => new Set(manifest.images.map((image) => imagePath(manifest, image)))
  const found = await difference(
    manifest,
    { folder, contents, imported: Date.parse(created), limited: options.limit !== undefined },
    { ...watchOf(context), reach: within && { folders: within, files: known() } },
  )
  return { dataset: id, name, version, root: folder ?? root, ...found }
}
