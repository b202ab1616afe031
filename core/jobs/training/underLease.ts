import { factOf, StudioError } from '../../base/errors.ts'
import type { Id } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'
import { holdLease } from '../recording/lease.ts'

/**
 * Does something for a run that is this process's own meanwhile; where it fails, or is stopped, the run has ended so.
 * @param work is told when another process has taken the run over
 * @throws StudioError `run-busy`, `run-taken-over`, and what `work` throws
 */
export async function underLease<Result>(
  { registry, signal }: Pick<JobContext, 'registry' | 'signal'>,
  run: Id,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lease = holdLease(registry, run)
  try {
    const result = await work(lease.lost)
    lease.lost.throwIfAborted()
    return result
  } catch (error) {
    // It is another process's by now, as is its row.
    if (lease.lost.aborted) throw lease.lost.reason
    // Ctrl-C may also come while something is being opened: nothing is lost then, and nothing wrong.
    const { aborted: stopped, reason } = signal
    if (stopped && reason instanceof StudioError) registry.runs.end(run, 'interrupted', reason.fact)
    else if (stopped) registry.runs.end(run, 'stopped')
    else registry.runs.end(run, 'failed', factOf(error))
    throw error
  } finally {
    lease.close()
  }
}
