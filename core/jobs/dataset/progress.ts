import type { ImportProgress } from '../../dataset/progress.ts'
import type { JobContext } from '../context/context.ts'

/** How a job looks through a folder: its progress is the job's, and it ends with the job. */
export function watchOf({ emit, signal }: JobContext) {
  return { signal, onProgress: (progress: ImportProgress) => emit({ event: 'progress', ...progress }) }
}
