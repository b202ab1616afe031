import type { ErrorReport } from '../../base/errors.ts'
import type { LiveTrainingEvent } from '../../jobs/recording/events.ts'
import type { Shown } from '../../messages/shown.ts'
import type { Fact } from '../../messages/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Job, QueuedJob } from '../queue/types.ts'

/** What a window learns without asking. Small on purpose: anything more is asked of the API. */
export type StudioEvent =
  /** New, or anything about it changed; progress at most a few times a second. */
  | { readonly type: 'job'; readonly job: Job }
  /** Dismissed. */
  | { readonly type: 'job-removed'; readonly job: string }
  /** The ids of the jobs that wait, in the order in which they start. */
  | { readonly type: 'queue'; readonly order: readonly string[] }
  /** The run's row, its epochs, checkpoints, evaluations or exports changed. */
  | { readonly type: 'run'; readonly run: Id; readonly change: Change }
  /** Live progress, a few times a second at most; not kept for those who come later (see steps and log). */
  | { readonly type: 'training'; readonly run: Id; readonly event: Shown<LiveTrainingEvent> }
  | { readonly type: 'dataset'; readonly dataset: Id; readonly change: Change }
  /** The pending corrections of these versions of a data set changed. */
  | { readonly type: 'corrections'; readonly datasets: readonly Id[] }
  | { readonly type: 'evaluation'; readonly evaluation: Id; readonly run: Id; readonly change: Change }
  | { readonly type: 'ensemble'; readonly ensemble: Id; readonly change: Change }
  | { readonly type: 'export'; readonly export: Id; readonly run: Id; readonly change: Change }
  | { readonly type: 'plan'; readonly plan: Id; readonly change: Change }
  | { readonly type: 'settings' }
  /** A device was measured. */
  | { readonly type: 'devices' }
  /** Something a person should read, whatever view is open. */
  | { readonly type: 'notice'; readonly notice: ErrorReport }

/** What happens in the server, its texts as facts. */
export type HubEvent =
  | Exclude<StudioEvent, { readonly type: 'job' | 'training' | 'notice' }>
  | { readonly type: 'job'; readonly job: QueuedJob }
  | { readonly type: 'training'; readonly run: Id; readonly event: LiveTrainingEvent }
  | { readonly type: 'notice'; readonly notice: Fact }

export type Change = 'created' | 'updated' | 'deleted'

/** What comes over the stream (`GET /api/events`), one JSON object per message. */
export type StreamMessage =
  | StudioEvent
  /** First of each connection: from here on nothing is missed. `server` changes when the server was restarted. */
  | { readonly type: 'hello'; readonly server: string; readonly version: string }
  /** What came after the id you gave is no longer known: load your state again. */
  | { readonly type: 'reset' }
