import { stat } from 'node:fs/promises'
import type { Registry } from '../registry/registry.ts'
import type { Dataset, Id } from '../registry/types.ts'
import type { HomeContext } from '../jobs/context/home.ts'

/** The parts of a data set version that lie outside its own row. */
export interface DatasetFacts {
  /** The source folder is there. */
  readonly available: boolean
  /** Newest version of its name. */
  readonly newest: boolean
  /** Runs that were started with this version, oldest first. */
  readonly runs: readonly Id[]
}

export interface DatasetSummary extends Omit<Dataset, 'id'>, DatasetFacts {
  readonly dataset: Id
}

/** Oldest first. */
export async function listDatasets({
  registry,
}: Pick<HomeContext, 'registry'>): Promise<{ readonly datasets: readonly DatasetSummary[] }> {
  const factsOf = datasetFacts(registry)
  const datasets = registry.datasets.list().map(async (dataset): Promise<DatasetSummary> => {
    const { id, ...rest } = dataset
    return { dataset: id, ...rest, ...(await factsOf(dataset)) }
  })
  return { datasets: await Promise.all(datasets) }
}

/** Looks up versions and runs once, for however many data sets are asked about then. */
export function datasetFacts({
  datasets,
  runs,
}: Pick<Registry, 'datasets' | 'runs'>): (dataset: Dataset) => Promise<DatasetFacts> {
  const all = datasets.list()
  const used = Map.groupBy(runs.list(), ({ dataset }) => dataset)
  return async ({ id, name, version, root }) => {
    const facts = await stat(root).catch(() => null)
    return {
      available: facts?.isDirectory() ?? false,
      newest: !all.some((other) => other.name === name && other.version > version),
      runs: (used.get(id) ?? []).map((run) => run.id),
    }
  }
}
