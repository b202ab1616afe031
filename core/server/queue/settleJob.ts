import type { ErrorFact } from '../../base/errors.ts'
import { entryOf, trains } from '../../jobs/catalog.ts'
import type { JobProduct } from '../../jobs/entry/jobEntry.ts'
import type { JobOutcome } from '../../jobs/process/runner.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { Hub } from '../events/hub.ts'
import type { HubEvent } from '../events/types.ts'
import type { QueuedJob, JobResult } from './types.ts'

interface Recipients {
  readonly registry: Registry
  readonly hub: Hub
}

/** Tells registry and windows what came of a job that has ended. @returns what its end changes about the job */
export function settleJob(recipients: Recipients, job: QueuedJob, outcome: JobOutcome): Partial<QueuedJob> {
  if (outcome.kind === 'result') return completed(recipients, job, outcome.result)
  const run = trains(job.kind) ? job.run : null
  if (outcome.kind === 'died' && run) explainInterruption(recipients, run, outcome.error)
  if (run) recipients.hub.publish({ type: 'run', run, change: 'updated' })
  if (outcome.kind === 'died') return { state: 'interrupted', error: outcome.error }
  if (outcome.stopped) return { state: run ? 'stopped' : 'canceled' }
  return { state: 'failed', error: outcome.error }
}

function completed({ hub }: Recipients, job: QueuedJob, result: unknown): Partial<QueuedJob> {
  const made = entryOf(job.kind).made(result)
  const ids: JobResult = Object.fromEntries(made.map(({ what, id }) => [what, id]))
  for (const event of made.flatMap((one) => eventOf(one, ids.run))) hub.publish(event)
  const stopped = (result as { readonly status?: string }).status === 'stopped'
  return {
    state: stopped ? 'stopped' : 'completed',
    result: ids,
    ...(!stopped && job.progress && { progress: { ...job.progress, fraction: 1, secondsLeft: 0 } }),
    ...(ids.run !== undefined && { run: ids.run }),
    ...(ids.dataset !== undefined && { dataset: ids.dataset }),
  }
}

function eventOf({ what, id, change }: JobProduct, run: Id | undefined): readonly HubEvent[] {
  if (change === null) return []
  switch (what) {
    case 'run':
      return [{ type: 'run', run: id, change }]
    case 'dataset':
      return [{ type: 'dataset', dataset: id, change }]
    case 'evaluation':
      return [{ type: 'evaluation', evaluation: id, run: run!, change }]
    case 'ensemble':
      return [{ type: 'ensemble', ensemble: id, change }]
    case 'plan':
      return [{ type: 'plan', plan: id, change }]
    case 'export':
      return [{ type: 'export', export: id, run: run!, change }]
  }
}

/** Where the process that prepared it died, its lease is dead with it; the reason is known only here. */
function explainInterruption({ registry }: Recipients, run: Id, error: ErrorFact): void {
  registry.leases.reap()
  registry.runs.explain(run, error)
}
