import type { ImportProgress } from '../../dataset/progress.ts'
import type { WorkContext } from '../context/context.ts'

/** How a job looks through a folder: its progress is the job's, and it ends with the job. */
export function watchOf({ emit, signal }: WorkContext) {
  return { signal, onProgress: (progress: ImportProgress) => emit({ event: 'progress', ...progress }) }
}
