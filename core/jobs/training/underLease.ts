import { factOf } from '../../base/errors.ts'
import type { Dataset, Run } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'
import { holdLease } from '../recording/lease.ts'
import { runTraining, type TrainingOrder, type TrainResult } from './runTraining.ts'

/** Trains under a lease, and records how it ended. */
export async function trainUnderLease(
  context: JobContext,
  { id, name }: Run,
  dataset: Dataset,
  prepare: () => Promise<TrainingOrder>,
): Promise<TrainResult> {
  const { registry, signal } = context
  const lease = holdLease(registry, id)
  try {
    context.emit({ event: 'run', run: id, name, dataset: dataset.id })
    const result = await runTraining(
      { ...context, images: dataset.root, signal: AbortSignal.any([signal, lease.lost]) },
      await prepare(),
    )
    lease.lost.throwIfAborted()
    registry.runs.end(id, result.status)
    return result
  } catch (error) {
    // It is another process's by now, as is its row.
    if (lease.lost.aborted) throw lease.lost.reason
    // Ctrl-C may also come while something is being opened: nothing is lost then, and nothing wrong.
    if (signal.aborted) registry.runs.end(id, 'stopped')
    else registry.runs.end(id, 'failed', factOf(error))
    throw error
  } finally {
    lease.close()
  }
}
