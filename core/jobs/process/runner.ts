import type { ErrorFact } from '../../base/errors.ts'
import type { JobKind } from '../catalog.ts'
import type { JobEvent } from '../recording/events.ts'

/** Where jobs run: in processes of this machine, or on a cluster. */
export interface JobRunner {
  start(job: JobStart): RunningJob
}

export interface JobStart {
  readonly kind: JobKind
  readonly input: unknown
  /** The home folder. */
  readonly home: string
  /** Records the event before it returns. */
  readonly onEvent: (event: JobEvent) => void
}

export interface RunningJob {
  /** The process id, where it is a process of this machine. */
  readonly pid: number | undefined
  send(command: 'stop' | 'pause' | 'resume'): void
  kill(): void
  /** When nothing of it runs any more. */
  readonly ended: Promise<JobOutcome>
}

export type JobOutcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorFact; readonly stopped: boolean }
  /** It ended without a word. */
  | { readonly kind: 'died'; readonly error: ErrorFact }
