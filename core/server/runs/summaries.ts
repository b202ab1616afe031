import { bestEpoch } from '../../training/best.ts'
import { countedEpoch } from '../../jobs/recording/countedEpoch.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id, Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { runSettings, type RunEntry } from '../api/types.ts'
import { repeatedBy, type Lookups } from '../../queries/repeated.ts'
import type { QueuedJob } from '../queue/types.ts'
import { errorOf } from './log.ts'

/** What else an entry tells of. */
interface Around {
  readonly dataset: Dataset | null
  readonly known: Lookups
}

type RunProgress = Pick<RunEntry, 'epochs' | 'best' | 'last'>

/** Runs as lists show them. What came of the ended ones is asked once: there may be a thousand of them. */
export interface Summaries {
  /** @param jobs of their trainings, where those are queued or run */
  entries(
    runs: readonly Run[],
    jobs: ReadonlyMap<Id, QueuedJob>,
    datasets: ReadonlyMap<Id, Dataset>,
  ): readonly RunEntry[]
}

export function openSummaries(registry: Registry, texts: Catalog): Summaries {
  interface Made {
    readonly datasetName: string | null
    readonly like: Run | undefined
    readonly entry: RunEntry
  }
  const entries = new WeakMap<Run, Made>()
  const learned = new Map<Id, { readonly key: string; readonly progress: RunProgress }>()

  /** Learns what came of the runs that it does not know, or that have changed since. */
  function learn(runs: readonly Run[], datasets: ReadonlyMap<Id, Dataset>): void {
    const unknown = runs.filter((run) => isChanging(run) || learned.get(run.id)?.key !== stateOf(run))
    const found = registry.epochs.summaries<EpochRecord>(unknown.map(({ id }) => id))
    for (const run of unknown) {
      const dataset = datasetOf(run, datasets)
      const { epochs, best, last } = found.get(run.id)!
      const progress = {
        epochs,
        best: best && bestEpoch([countedEpoch(best, dataset)]),
        last: last && countedEpoch(last, dataset),
      }
      learned.set(run.id, { key: stateOf(run), progress })
    }
  }

  function entryOf(run: Run, job: QueuedJob | null, { dataset, known }: Around): RunEntry {
    const { id, recipe, like: _, ...rest } = run
    const { network, optimization } = recipe as RecipeParts
    return {
      run: id,
      ...shown({ ...rest, error: errorOf(run) }, texts),
      like: repeatedBy(run, known),
      status: statusOf(run, job),
      datasetName: dataset?.name ?? null,
      config: network?.config ?? null,
      plannedEpochs: optimization?.epochs ?? null,
      settings: settingsOf(recipe),
      test: null,
      ...learned.get(id)!.progress,
      job: shown(job, texts),
    }
  }

  function entry(run: Run, job: QueuedJob | null, around: Around): RunEntry {
    const datasetName = around.dataset?.name ?? null
    const like = run.like === null ? undefined : around.known.run(run.like)
    const before = entries.get(run)
    const isSame = before?.datasetName === datasetName && before.like === like
    if (before && isSame && job === null && run.ended !== null) return before.entry
    const made = entryOf(run, job, around)
    if (job === null) entries.set(run, { datasetName, like, entry: made })
    return made
  }

  return {
    entries(runs, jobs, datasets) {
      learn(runs, datasets)
      const byId = new Map(runs.map((run) => [run.id, run]))
      const known = { run: (id: Id) => byId.get(id), dataset: (id: Id) => datasets.get(id) }
      return runs.map((run) =>
        entry(run, jobs.get(run.id) ?? null, { dataset: datasetOf(run, datasets), known }),
      )
    },
  }
}

const stateOf = ({ status, started, ended }: Run): string => `${status} ${started} ${ended}`

const isChanging = ({ status, ended }: Run): boolean => ended === null && status !== 'queued'

const datasetOf = ({ dataset }: Run, datasets: ReadonlyMap<Id, Dataset>): Dataset | null =>
  dataset === null ? null : (datasets.get(dataset) ?? null)

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
