import { resolve } from 'node:path'
import type { CorrectionChange, Manifest } from '../../dataset/types.ts'
import type { TemperatureFit } from '../../evaluation/statistics/temperature.ts'
import type { NewEvaluation } from '../../registry/evaluations.ts'
import type { Dataset, EnsembleRow, ExportRow, Id, StoredOptions } from '../../registry/types.ts'
import type { HomeContext } from '../context/home.ts'

/** A data set version as it was imported. */
export interface NewDataset {
  readonly manifest: Manifest
  readonly options: StoredOptions
  readonly name: string | undefined
  /** Corrections that it was asked to be made with: they wait no longer. */
  readonly applied: readonly CorrectionChange[]
}

/** A data set that was found elsewhere. */
export interface Relocation {
  readonly dataset: Id
  readonly manifest: Manifest
  /** Options of the version that it becomes where files are renamed or missing; null: it stays the same version. */
  readonly successor: StoredOptions | null
  /** Other versions that lie there, too. */
  readonly others: readonly Id[]
}

type Fit = { readonly evaluation: Id; readonly fit: TemperatureFit }
type NewEnsemble = Omit<EnsembleRow, 'id' | 'created' | 'dataset'> & { readonly dataset: Id }
/** `path`: relative to the home folder, or absolute where a person named the place. */
type NewExport = Omit<ExportRow, 'id' | 'created' | 'parity'>

/** The rows that jobs add, other than those of trainings, by kind. All are plain data: they come from other processes. */
const recorders = {
  dataset(
    { registry: { datasets, corrections } }: HomeContext,
    { manifest, options, name, applied }: NewDataset,
  ): Dataset {
    const dataset = datasets.add(manifest, options, name)
    corrections.settle(dataset.name, applied)
    return dataset
  },
  relocation(
    { registry: { datasets } }: HomeContext,
    { dataset, manifest, successor, others }: Relocation,
  ): Dataset {
    if (successor === null) datasets.move(dataset, manifest)
    for (const other of others) datasets.move(other, manifest)
    return successor === null ? datasets.get(dataset) : datasets.succeed(dataset, manifest, successor)
  },
  evaluation: ({ registry }: HomeContext, row: NewEvaluation): Id => registry.evaluations.add(row),
  temperature({ registry }: HomeContext, { evaluation, fit }: Fit): null {
    registry.temperatures.put(evaluation, fit)
    return null
  },
  ensemble: ({ registry }: HomeContext, row: NewEnsemble): Id => registry.ensembles.add(row),
  export({ home, registry }: HomeContext, row: NewExport): Pick<ExportRow, 'id' | 'path'> {
    const path = resolve(home.folder, row.path)
    return { id: registry.exports.add({ ...row, path }), path }
  },
}

export type RowKind = keyof typeof recorders
export type RowOf<Kind extends RowKind> = Parameters<(typeof recorders)[Kind]>[1]
type Recorded<Kind extends RowKind> = ReturnType<(typeof recorders)[Kind]>

/** Has a row added, by the process that started the job. @returns its id, or what else the registry makes of it */
export type RecordRow = <Kind extends RowKind>(kind: Kind, row: RowOf<Kind>) => Promise<Recorded<Kind>>

/** Adds a row of any kind. @throws StudioError of the registry: `not-found` where what it belongs to is gone, `name-taken` */
export function recordRow(context: HomeContext, kind: RowKind, row: unknown): unknown {
  const recorder = recorders[kind] as (context: HomeContext, row: unknown) => unknown
  return recorder(context, row)
}

/** Rows of this process's own jobs. */
export const recordRowsHere =
  (context: HomeContext): RecordRow =>
  async (kind, row) =>
    recordRow(context, kind, row) as Recorded<typeof kind>
