import type { JobContext } from './context/context.ts'
import { prepareRun, type StepOfPlan, type TrainInput } from './training/prepare.ts'
import { leaveOrder, trainHere, type UsePrepared, type WaitingRun } from './training/prepared.ts'
import type { TrainResult } from './training/runTraining.ts'
import { underLease } from './training/underLease.ts'

/**
 * Starts a new run and trains it to its end, or until the context's signal is aborted (`stopped`, resumable).
 * @param of the plan's step whose run it is
 * @throws StudioError of every stage; once there is a run, it is recorded as `failed` with the error
 */
export function trainRun(context: JobContext, input: TrainInput, of?: StepOfPlan): Promise<TrainResult> {
  return withNewRun(context, input, trainHere, of)
}

/** Makes a run for another process to train. @throws StudioError */
export function prepareTraining(
  context: JobContext,
  input: TrainInput,
  of?: StepOfPlan,
): Promise<WaitingRun> {
  return withNewRun(context, input, leaveOrder, of)
}

async function withNewRun<Result>(
  context: JobContext,
  input: TrainInput,
  use: UsePrepared<Result>,
  of?: StepOfPlan,
): Promise<Result> {
  const prepared = await prepareRun(context, input, of)
  const { run, dataset } = prepared
  return underLease(context, run.id, (lost) => {
    context.emit({ event: 'run', run: run.id, name: run.name, dataset: dataset.id })
    return use(context, prepared, lost)
  })
}
