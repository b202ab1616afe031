import type { JobContext } from './context.ts'
import type { InstallResult, UninstallResult } from './engines.ts'
import type { EvaluateResult } from './evaluate.ts'
import type { ExportedRun } from './export.ts'
import type { ImportReport } from './import.ts'
import type { JobInputs, JobKind } from './messages.ts'
import type { PredictResult } from './predict.ts'
import type { DifferenceResult, RelocateResult } from './relocate.ts'
import type { TrainResult } from './train.ts'

/** Plain JSON, by kind. */
export interface JobResults {
  readonly import: ImportReport
  readonly relocate: RelocateResult
  readonly difference: DifferenceResult
  readonly train: TrainResult
  readonly resume: TrainResult
  readonly evaluate: EvaluateResult
  readonly predict: PredictResult
  readonly export: ExportedRun
  readonly install: InstallResult
  readonly uninstall: UninstallResult
}

type Jobs = {
  readonly [Kind in JobKind]: (context: JobContext, input: JobInputs[Kind]) => Promise<JobResults[Kind]>
}

/** Each stage is loaded only where it is needed: an import starts without an engine. */
const jobs: Jobs = {
  import: async (context, input) => (await import('./import.ts')).importDataset(context, input),
  relocate: async (context, input) => (await import('./relocate.ts')).relocateDataset(context, input),
  difference: async (context, input) => (await import('./relocate.ts')).datasetDifference(context, input),
  train: async (context, input) => (await import('./train.ts')).trainRun(context, input),
  resume: async (context, input) => (await import('./train.ts')).resumeRun(context, input),
  evaluate: async (context, input) => (await import('./evaluate.ts')).evaluateRun(context, input),
  predict: async (context, input) => (await import('./predict.ts')).predictImages(context, input),
  export: async (context, input) => (await import('./export.ts')).exportRun(context, input),
  install: async (context, input) => (await import('./engines.ts')).installEngine(context, input),
  uninstall: async (context, input) => (await import('./engines.ts')).uninstallEngine(context, input),
}

/** Runs a job in this process. */
export function runHere<Kind extends JobKind>(
  kind: Kind,
  context: JobContext,
  input: JobInputs[Kind],
): Promise<JobResults[Kind]> {
  return jobs[kind](context, input)
}
