import { StudioError } from '../base/errors.ts'
import type { Run } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
import { manifestOf, prepareResumed } from './training/prepare.ts'
import { leaveOrder, trainHere, type UsePrepared, type WaitingRun } from './training/prepared.ts'
import type { TrainResult } from './training/runTraining.ts'
import { underLease } from './training/underLease.ts'

export interface ResumeInput {
  readonly run: string
}

/**
 * Resumes a run from its last checkpoint, exactly as if it had not stopped; from the newest that is whole, where
 * that one is damaged; from the beginning, where it stopped before its first checkpoint.
 * @param until the epoch after which it stops again; by default it trains to its end
 * @throws StudioError `run-busy`, `run-completed`, and those of trainRun
 */
export function resumeRun(
  context: JobContext,
  input: ResumeInput,
  until?: number | null,
): Promise<TrainResult> {
  return withRun(context, input, trainHere, until)
}

/** Prepares a run for another process to resume it. @throws as resumeRun */
export function prepareResuming(
  context: JobContext,
  input: ResumeInput,
  until?: number | null,
): Promise<WaitingRun> {
  return withRun(context, input, leaveOrder, until)
}

async function withRun<Result>(
  context: JobContext,
  input: ResumeInput,
  use: UsePrepared<Result>,
  until?: number | null,
): Promise<Result> {
  const { registry } = context
  const run = registry.runs.get(input.run)
  if (run.status === 'completed') throw completed(run)
  if (run.dataset === null) throw datasetDeleted(run)
  const dataset = registry.datasets.get(run.dataset)
  const manifest = manifestOf(context, dataset)
  return underLease(context, run.id, async (lost) => {
    context.emit({ event: 'run', run: run.id, name: run.name, dataset: dataset.id })
    const order = await prepareResumed(context, run, dataset, manifest, until)
    return use(context, { run, dataset, order }, lost)
  })
}

function completed({ id, name }: Run): StudioError {
  return new StudioError('run-completed', { run: id, name })
}

function datasetDeleted({ id }: Run): StudioError {
  return new StudioError('not-found', { what: 'dataset-to-resume', run: id })
}
