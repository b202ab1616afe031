import { changedFiles, type ChangedFiles } from '../../dataset/changed.ts'
import type { DatasetImage } from '../../dataset/types.ts'
import type { Dataset } from '../../registry/types.ts'
import type { WorkContext } from '../context/context.ts'

/**
 * Which of the images that a job is about to read are not what the data set version holds any more; a notice names them.
 * Null where all are.
 */
export async function noticeChanged(
  { emit, signal }: Pick<WorkContext, 'emit' | 'signal'>,
  dataset: Pick<Dataset, 'name' | 'version' | 'root' | 'created'>,
  images: readonly DatasetImage[],
): Promise<ChangedFiles | null> {
  const changed = await changedFiles(dataset, images, Date.parse(dataset.created), signal)
  if (changed === null) return null
  const { name, version, root } = dataset
  const { count, first } = changed
  emit({ event: 'notice', code: 'files-changed', values: { name, version, root, count, first } })
  return changed
}
