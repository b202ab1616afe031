import { bestEpoch } from '../../training/best.ts'
import { countedEpoch } from '../../jobs/recording/countedEpoch.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id, Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { runSettings, type RunEntry } from '../api/types.ts'
import type { QueuedJob } from '../queue/types.ts'
import { errorOf } from './log.ts'

type RunOutcome = Pick<RunEntry, 'epochs' | 'best' | 'last'>

/** Runs as lists show them. What came of the ended ones is asked once: there may be a thousand of them. */
export interface Summaries {
  /** @param job of its training, where that is queued or runs */
  entry(run: Run, job: QueuedJob | null, datasets: ReadonlyMap<Id, Dataset>): RunEntry
}

export function openSummaries(registry: Registry, texts: Catalog): Summaries {
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

  function entryOf(run: Run, job: QueuedJob | null, dataset: Dataset | null): RunEntry {
    const { id, recipe, ...rest } = run
    const { network, optimization } = recipe as RecipeParts
    return {
      run: id,
      ...shown({ ...rest, error: errorOf(run) }, texts),
      status: statusOf(run, job),
      datasetName: dataset?.name ?? null,
      config: network?.config ?? null,
      plannedEpochs: optimization?.epochs ?? null,
      settings: settingsOf(recipe),
      test: null,
      ...outcomeOf(run, dataset),
      job: shown(job, texts),
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
export function statusOf({ status }: Run, job: QueuedJob | null): Run['status'] {
  return job?.state === 'paused' && status === 'running' ? 'paused' : status
}

/** `{'data.crop': 64, …}`; null where a recipe of an earlier version has no such setting. */
function settingsOf(recipe: unknown): RunEntry['settings'] {
  const at = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (part, key) => (part as Readonly<Record<string, unknown>> | null)?.[key] ?? null,
        recipe,
      )
  return Object.fromEntries(runSettings.map((path) => [path, at(path)])) as RunEntry['settings']
}

interface RecipeParts {
  readonly network?: { readonly config?: string }
  readonly optimization?: { readonly epochs?: number }
}
