import type { ErrorFact } from '../../base/errors.ts'
import type { ProcessIdentity } from '../../base/processIdentity.ts'
import type { JobEvent } from '../recording/events.ts'
import type { RowKind } from '../recording/rows.ts'
import type { Assignment, JobCommand } from './runner.ts'

/** A message to the job's process. `stop`: training saves and stops, other jobs are canceled. */
export type ParentMessage =
  | { readonly type: 'start'; readonly assignment: Assignment; readonly home: string }
  | { readonly type: JobCommand }
  /** The process that trains has its run. */
  | { readonly type: 'held' }
  /** The oldest event that was not yet is in the registry and in the run's journal. */
  | { readonly type: 'recorded' }
  | RowAnswer

/** What came of a row, whose number the process has chosen. */
export type RowAnswer = { readonly type: 'row'; readonly row: number } & (
  { readonly added: unknown } | { readonly error: ErrorFact }
)

/** A message from it; after `result` or `failed` it ends. */
export type WorkerMessage =
  | { readonly type: 'ready'; readonly process: ProcessIdentity }
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'row'; readonly row: number; readonly kind: RowKind; readonly content: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: ErrorFact; readonly stopped: boolean }
