import type { Id, Run } from '../registry/types.ts'
import { bestEpoch } from '../training/best.ts'
import type { EpochRecord } from '../training/events.ts'
import { countedEpoch } from '../jobs/recording/countedEpoch.ts'
import type { HomeContext } from '../jobs/context/home.ts'
import { repeatedBy, type Repeated } from './repeated.ts'
import { lostRuns } from '../jobs/recording/recover.ts'

/** A run in a list. */
export interface RunSummary extends Omit<Run, 'id' | 'recipe' | 'like'> {
  readonly like: Repeated | null
  readonly run: Id
  readonly datasetName: string | null
  readonly config: string | null
  /** Done, of those the recipe asks for. */
  readonly epochs: number
  readonly plannedEpochs: number | null
  /** The epoch with the lowest top-1 error. */
  readonly best: ReturnType<typeof bestEpoch>
}

export interface RunList {
  /** Oldest first. */
  readonly runs: readonly RunSummary[]
  /** Runs in the home folder that the registry does not know. */
  readonly lost: readonly Id[]
}

export function listRuns(context: HomeContext): RunList {
  const { registry } = context
  const datasets = new Map(registry.datasets.list().map((dataset) => [dataset.id, dataset]))
  const runs = registry.runs.list()
  const byId = new Map(runs.map((run) => [run.id, run]))
  const known = { run: (id: Id) => byId.get(id), dataset: (id: Id) => datasets.get(id) }
  const outcomes = registry.epochs.summaries<EpochRecord>(runs.map(({ id }) => id))
  return { runs: runs.map((run) => summary(run)), lost: lostRuns(context) }

  function summary(whole: Run): RunSummary {
    const { id, recipe, ...run } = whole
    const { epochs, best } = outcomes.get(id)!
    const { network, optimization } = recipe as {
      network?: { config?: string }
      optimization?: { epochs?: number }
    }
    const dataset = run.dataset === null ? null : (datasets.get(run.dataset) ?? null)
    return {
      run: id,
      ...run,
      like: repeatedBy(whole, known),
      datasetName: dataset?.name ?? null,
      config: network?.config ?? null,
      epochs,
      plannedEpochs: optimization?.epochs ?? null,
      best: best && bestEpoch([countedEpoch(best, dataset)]),
    }
  }
}
