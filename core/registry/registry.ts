import { checkpointTable, type Checkpoints } from './checkpoints.ts'
import { correctionTable, type Corrections } from './corrections.ts'
import { openDatabase } from './database.ts'
import { datasetTable, type Datasets } from './datasets.ts'
import { ensembleTable, type Ensembles } from './ensembles.ts'
import { epochTable, type Epochs } from './epochs.ts'
import { evaluationTable, type Evaluations } from './evaluations.ts'
import { exportTable, type Exports } from './exports.ts'
import { leaseTable, type Leases } from './leases.ts'
import { pageQueries, type Pages } from './pages.ts'
import { planTable, type Plans } from './plans.ts'
import { runTable, type Runs } from './runs.ts'
import { sliceTable, type Slices } from './slices.ts'
import { temperatureTable, type Temperatures } from './temperatures.ts'

/** What the studio knows: data sets, runs and what came of them. Every call is one short transaction. */
export interface Registry {
  /** No other registry has it: what is kept beside this one, with ids of its rows, says which it belongs to. */
  readonly identity: string
  readonly datasets: Datasets
  readonly corrections: Corrections
  readonly runs: Runs
  readonly plans: Plans
  readonly leases: Leases
  readonly epochs: Epochs
  readonly checkpoints: Checkpoints
  readonly evaluations: Evaluations
  readonly ensembles: Ensembles
  readonly exports: Exports
  readonly temperatures: Temperatures
  readonly slices: Slices
  readonly pages: Pages
  close(): void
}

/**
 * Opens the registry, or makes it, and marks the runs whose process is gone as interrupted.
 * @param file an absolute path; several processes may have it open at once
 * @param reading nothing will be changed: then a full disk, or one that can only be read, is no hindrance
 * @throws StudioError `registry-newer`, `registry-damaged`, `registry-unreadable`, `home-read-only`
 */
export function openRegistry(file: string, { reading = false } = {}): Registry {
  const database = openDatabase(file, reading)
  const leases = leaseTable(database)
  leases.reap()
  if (database.memory) database.pragma('query_only = ON')
  return {
    identity: database.prepare<[], { identity: string }>('SELECT identity FROM registry').get()!.identity,
    datasets: datasetTable(database),
    corrections: correctionTable(database),
    runs: runTable(database, leases),
    plans: planTable(database),
    leases,
    epochs: epochTable(database),
    checkpoints: checkpointTable(database),
    evaluations: evaluationTable(database),
    ensembles: ensembleTable(database),
    exports: exportTable(database),
    temperatures: temperatureTable(database),
    slices: sliceTable(database),
    pages: pageQueries(database),
    close: () => database.close(),
  }
}
