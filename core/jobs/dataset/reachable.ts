import { statSync } from 'node:fs'
import { StudioError } from '../../base/errors.ts'
import type { Dataset } from '../../registry/types.ts'

/**
 * Refuses a data set whose folder of images is gone, before each of them is missed.
 * @throws StudioError `dataset-missing`
 */
export function refuseMissing({ id, name, root }: Pick<Dataset, 'id' | 'name' | 'root'>): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return
  throw new StudioError('dataset-missing', { root, name, dataset: id })
}
