import type { JobContext } from './context/context.ts'
import { prepareRun, type TrainInput } from './training/prepare.ts'
import type { TrainResult } from './training/runTraining.ts'
import { trainUnderLease } from './training/underLease.ts'

/**
 * Starts a new run and trains it to its end, or until the context's signal is aborted (`stopped`, resumable).
 * @throws StudioError of every stage; once there is a run, it is recorded as `failed` with the error
 */
export async function trainRun(context: JobContext, input: TrainInput): Promise<TrainResult> {
  const { run, dataset, order } = await prepareRun(context, input)
  return trainUnderLease(context, run, dataset, () => Promise.resolve(order))
}
