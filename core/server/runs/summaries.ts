import { bestEpoch } from '../../training/best.ts'
import { countedEpoch } from '../../jobs/countedEpoch.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id, Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import type { RunEntry } from '../api/types.ts'
import type { Job } from '../queue/types.ts'
import { errorOf } from './log.ts'

type RunOutcome = Pick<RunEntry, 'epochs' | 'best' | 'last'>

/** Runs as lists show them. What came of the ended ones is asked once: there may be a thousand of them. */
export interface Summaries {
  /** @param job of its training, where that is queued or runs */
  entry(run: Run, job: Job | null, datasets: ReadonlyMap<Id, Dataset>): RunEntry
}

export function openSummaries(registry: Registry): Summaries {
  const entries = new WeakMap<Run, { readonly datasetName: string | null; readonly entry: RunEntry }>()
  const outcomes = new Map<Id, { readonly key: string; readonly outcome: RunOutcome }>()

  function outcomeOf({ id, status, started, ended }: Run, dataset: Dataset | null): RunOutcome {
    const key = `${status} ${started} ${ended}`
    const known = outcomes.get(id)
    const changing = ended === null && status !== 'queued'
    if (known?.key === key && !changing) return known.outcome
    const { epochs, best, last } = registry.epochs.summary<EpochRecord>(id)
    const counted = (record: EpochRecord | null): EpochRecord | null =>
      record && countedEpoch(record, dataset)
    const outcome = { epochs, best: best && bestEpoch([countedEpoch(best, dataset)]), last: counted(last) }
    outcomes.set(id, { key, outcome })
    return outcome
  }

  function entryOf(run: Run, job: Job | null, dataset: Dataset | null): RunEntry {
    const { id, recipe, ...rest } = run
    const { network, optimization } = recipe as RecipeParts
    return {
      run: id,
      ...rest,
      status: statusOf(run, job),
      error: errorOf(run),
      datasetName: dataset?.name ?? null,
      config: network?.config ?? null,
      plannedEpochs: optimization?.epochs ?? null,
      ...outcomeOf(run, dataset),
      job,
    }
  }

  return {
    entry(run, job, datasets) {
      const dataset = run.dataset === null ? null : (datasets.get(run.dataset) ?? null)
      const datasetName = dataset?.name ?? null
      const known = entries.get(run)
      if (known && known.datasetName === datasetName && job === null && run.ended !== null) return known.entry
      const entry = entryOf(run, job, dataset)
      if (job === null) entries.set(run, { datasetName, entry })
      return entry
    },
  }
}

/** Only its process and the queue know that a run is held. */
export function statusOf({ status }: Run, job: Job | null): Run['status'] {
  return job?.state === 'paused' && status === 'running' ? 'paused' : status
}

interface RecipeParts {
  readonly network?: { readonly config?: string }
  readonly optimization?: { readonly epochs?: number }
}
