import { changedFiles, type ChangedFiles } from '../../dataset/changed.ts'
import type { DatasetImage, Manifest } from '../../dataset/types.ts'
import type { Dataset } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'

/**
 * Which of the images that a job is about to read are not what the data set version holds any more; a notice names them.
 * Null where all are.
 */
export async function noticeChanged(
  { emit, signal }: Pick<JobContext, 'emit' | 'signal'>,
  dataset: Dataset,
  manifest: Manifest,
  wanted: (image: DatasetImage) => boolean,
): Promise<ChangedFiles | null> {
  const images = manifest.images.filter(wanted)
  const changed = await changedFiles(manifest, images, Date.parse(dataset.created), signal)
  if (changed === null) return null
  const { name, version, root } = dataset
  const { count, first } = changed
  emit({ event: 'notice', code: 'files-changed', values: { name, version, root, count, first } })
  return changed
}
