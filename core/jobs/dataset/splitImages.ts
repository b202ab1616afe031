import type { DatasetImage, Split } from '../../dataset/types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id } from '../../registry/types.ts'

/** The images of a split of a data set, for processes that have no registry. */
export interface SplitImages {
  readonly dataset: Pick<Dataset, 'id' | 'name' | 'version' | 'root' | 'created'>
  readonly split: Split
  readonly classes: readonly string[]
  readonly images: readonly DatasetImage[]
  /** Their places in the data set. */
  readonly positions: readonly number[]
}

export type ReadSplit = (dataset: Id, split: Split) => SplitImages

/** @throws StudioError `not-found` */
export const splitImages =
  ({ datasets }: Registry): ReadSplit =>
  (dataset, split) => {
    const { id, name, version, root, created } = datasets.get(dataset)
    const { classes, images } = datasets.manifest(id)
    const positions = [...images.keys()].filter((index) => images[index]!.split === split)
    return {
      dataset: { id, name, version, root, created },
      ...{ split, classes, positions },
      images: positions.map((position) => images[position]!),
    }
  }

/** Reads each once: orders of one message share them then. */
export function readOnce(read: ReadSplit): ReadSplit {
  const known = new Map<string, SplitImages>()
  return (dataset, split) => {
    const key = `${dataset} ${split}`
    const found = known.get(key) ?? read(dataset, split)
    known.set(key, found)
    return found
  }
}
