import type { ErrorFact } from '../../base/errors.ts'
import type { JobKind } from '../catalog.ts'
import type { JobEvent } from '../recording/events.ts'

/** A message to the job's process. `stop`: training saves and stops, other jobs are canceled. */
export type Command =
  | { readonly type: 'start'; readonly kind: JobKind; readonly input: unknown; readonly home: string }
  | { readonly type: 'stop' | 'pause' | 'resume' }
  /** The oldest event that was not yet is in the registry and in the run's journal. */
  | { readonly type: 'recorded' }

/** A message from it; after `result` or `failed` it ends. */
export type Report =
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: ErrorFact; readonly stopped: boolean }
