import type { ErrorFact, ErrorReport } from '../../base/errors.ts'
import type { SoFar } from '../../evaluation/types.ts'
import type { JobProgress } from '../../jobs/recording/events.ts'
import type { JobKind } from '../../jobs/catalog.ts'
import type { Reason } from '../../messages/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Progress as TrainingProgress } from '../../training/events.ts'

export type JobState =
  | 'queued'
  | 'running'
  /** Asked to pause; does so after the update. */
  | 'pausing'
  | 'paused'
  /** Asked to end; training saves first. */
  | 'stopping'
  | 'completed'
  /** Training that was asked to end: saved, and can be resumed. */
  | 'stopped'
  | 'canceled'
  /** Its process died. Training can resume from its last checkpoint. */
  | 'interrupted'
  | 'failed'

export const endStates = ['completed', 'stopped', 'canceled', 'interrupted', 'failed'] as const

export interface Progress {
  readonly phase: JobProgress['phase'] | TrainingProgress['phase']
  /** Images (files) of the phase; bytes of a download. */
  readonly done: number
  readonly total: number | null
  /** Progress of the whole job, 0–1; null where it isn't known. */
  readonly fraction: number | null
  readonly secondsLeft: number | null
  /** What it is at, where the phase alone does not say. */
  readonly detail?: string
  /** Results of an evaluation for the images that are done. */
  readonly soFar?: SoFar
  /** Epoch of training, from 1. */
  readonly epoch?: number
  readonly epochs?: number
}

export interface Job {
  /** `j1`, … Never used twice in a home folder. */
  readonly id: string
  readonly kind: JobKind
  /** Display text: `Train D on flowers`. */
  readonly title: string
  readonly state: JobState
  /** It waits, and does not start before it is released. */
  readonly held: boolean
  /** Jobs with the same lane work one at a time: a device (`cpu`), or `import`. */
  readonly lane: string
  /** What it works on, as soon as that is known. */
  readonly run: Id | null
  readonly dataset: Id | null
  /** The plan that it carries out; its run is that of the step that is at work. */
  readonly plan: Id | null
  readonly progress: Progress | null
  /** Why it failed or was interrupted. */
  readonly error: ErrorReport | null
  /** Short: what it made. */
  readonly result: JobResult | null
  /** ISO 8601, UTC. */
  readonly created: string
  readonly started: string | null
  readonly ended: string | null
}

/** A job in the queue, its texts as facts. */
export interface QueuedJob extends Omit<Job, 'title' | 'error'> {
  /** Earlier versions stored the sentence. */
  readonly title: Reason
  readonly error: ErrorFact | null
}

export interface JobResult {
  readonly run?: Id
  readonly dataset?: Id
  readonly evaluation?: Id
  readonly ensemble?: Id
  readonly export?: Id
  readonly plan?: Id
}
