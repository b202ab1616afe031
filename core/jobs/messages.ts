import type { ErrorReport } from '../base/errors.ts'
import type { InstallInput, UninstallInput } from './engines.ts'
import type { EvaluateInput } from './evaluate.ts'
import type { JobEvent } from './events.ts'
import type { ExportInput } from './export.ts'
import type { ImportInput } from './import.ts'
import type { PredictInput } from './predict.ts'
import type { DifferenceInput, RelocateInput } from './relocate.ts'
import type { TrainInput } from './train.ts'

/** What runs in a child process of its own. */
export const jobKinds = [
  'import',
  'relocate',
  'difference',
  'train',
  'resume',
  'evaluate',
  'predict',
  'export',
  'install',
  'uninstall',
] as const
export type JobKind = (typeof jobKinds)[number]

/** Plain JSON, by kind. */
export interface JobInputs {
  readonly import: ImportInput
  readonly relocate: RelocateInput
  readonly difference: DifferenceInput
  readonly train: TrainInput
  readonly resume: { readonly run: string }
  readonly evaluate: EvaluateInput
  readonly predict: PredictInput
  readonly export: ExportInput
  readonly install: InstallInput
  readonly uninstall: UninstallInput
}

/** To the job's process. `stop`: training saves and stops, other jobs are canceled. */
export type Command =
  | { readonly type: 'start'; readonly kind: JobKind; readonly input: unknown; readonly home: string }
  | { readonly type: 'stop' | 'pause' | 'resume' }

/** From it; after `result` or `failed` it ends. */
export type Report =
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: ErrorReport; readonly stopped: boolean }
