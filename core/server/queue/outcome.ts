import type { ErrorReport } from '../../base/errors.ts'
import type { EvaluateResult } from '../../jobs/evaluate.ts'
import type { ImportResult } from '../../jobs/events.ts'
import type { ExportedRun } from '../../jobs/export.ts'
import type { RelocateResult } from '../../jobs/relocate.ts'
import type { TrainResult } from '../../jobs/train.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { Hub } from '../events/hub.ts'
import type { Outcome } from './process.ts'
import type { Job, JobResult } from './types.ts'

interface Place {
  readonly registry: Registry
  readonly hub: Hub
}

/** What a job's end changes about it, after registry and windows know what came of it. */
export function conclude(place: Place, job: Job, outcome: Outcome): Partial<Job> {
  if (outcome.kind === 'result') return completed(place, job, outcome.result)
  const trains = job.kind === 'train' || job.kind === 'resume'
  if (outcome.kind === 'died') {
    if (job.run && trains) markInterrupted(place, job.run, outcome.error)
    return { state: 'interrupted', error: outcome.error }
  }
  if (job.run && trains) place.hub.publish({ type: 'run', run: job.run, change: 'updated' })
  if (outcome.stopped) return { state: trains && job.run ? 'stopped' : 'canceled' }
  return { state: 'failed', error: outcome.error }
}

function completed({ hub }: Place, job: Job, result: unknown): Partial<Job> {
  const made = resultOf(job, result)
  const { run, dataset, evaluation, export: exported } = made
  if (dataset !== undefined && job.kind === 'import')
    hub.publish({ type: 'dataset', dataset, change: 'created' })
  if (job.kind === 'relocate') {
    const { dataset: found, changed } = result as RelocateResult
    hub.publish({ type: 'dataset', dataset: found, change: changed ? 'created' : 'updated' })
  }
  if (evaluation !== undefined) hub.publish({ type: 'evaluation', evaluation, run: run!, change: 'created' })
  if (exported !== undefined) hub.publish({ type: 'export', export: exported, run: run!, change: 'created' })
  if (run !== undefined) hub.publish({ type: 'run', run, change: 'updated' })
  const stopped = (result as Partial<TrainResult>).status === 'stopped'
  return {
    state: stopped ? 'stopped' : 'completed',
    result: made,
    ...(!stopped && job.progress && { progress: { ...job.progress, fraction: 1, secondsLeft: 0 } }),
    ...(run !== undefined && { run }),
    ...(dataset !== undefined && { dataset }),
  }
}

function resultOf({ kind }: Job, result: unknown): JobResult {
  switch (kind) {
    case 'import':
      return { dataset: (result as ImportResult).dataset }
    case 'relocate':
    case 'difference':
      return { dataset: (result as { dataset: Id }).dataset }
    case 'train':
    case 'resume': {
      const { run, dataset } = result as TrainResult
      return { run, dataset }
    }
    case 'evaluate': {
      const { run, dataset, evaluation } = result as EvaluateResult
      return { run, dataset, evaluation }
    }
    case 'export': {
      const { run, export: exported } = result as ExportedRun
      return { run, export: exported }
    }
    case 'install':
    case 'uninstall':
      return {}
    case 'predict':
      return { run: (result as { run: Id }).run }
  }
}

/** Its lease is dead with its process; the reason is known only here. */
function markInterrupted({ registry, hub }: Place, run: Id, error: ErrorReport): void {
  registry.leases.reap()
  if (registry.runs.get(run).status === 'interrupted') registry.runs.end(run, 'interrupted', error)
  hub.publish({ type: 'run', run, change: 'updated' })
}
