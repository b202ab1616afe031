import type { JobContext } from './context.ts'
import type { EvaluateResult } from './evaluate.ts'
import type { ExportedRun } from './export.ts'
import type { ImportResult } from './import.ts'
import type { JobInputs, JobKind } from './messages.ts'
import type { PredictResult } from './predict.ts'
import type { TrainResult } from './train.ts'

/** Plain JSON, by kind. */
export interface JobResults {
  readonly import: ImportResult
  readonly train: TrainResult
  readonly resume: TrainResult
  readonly evaluate: EvaluateResult
  readonly predict: PredictResult
  readonly export: ExportedRun
}

type Jobs = {
  readonly [Kind in JobKind]: (context: JobContext, input: JobInputs[Kind]) => Promise<JobResults[Kind]>
}

/** Each stage is loaded only where it is needed: an import starts without an engine. */
const jobs: Jobs = {
  import: async (context, input) => (await import('./import.ts')).importDataset(context, input),
  train: async (context, input) => (await import('./train.ts')).trainRun(context, input),
  resume: async (context, input) => (await import('./train.ts')).resumeRun(context, input),
  evaluate: async (context, input) => (await import('./evaluate.ts')).evaluateRun(context, input),
  predict: async (context, input) => (await import('./predict.ts')).predictImages(context, input),
  export: async (context, input) => (await import('./export.ts')).exportRun(context, input),
}

/** Runs a job in this process. */
export function runHere<Kind extends JobKind>(
  kind: Kind,
  context: JobContext,
  input: JobInputs[Kind],
): Promise<JobResults[Kind]> {
  return jobs[kind](context, input)
}
