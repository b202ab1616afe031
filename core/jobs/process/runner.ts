import type { ErrorFact } from '../../base/errors.ts'
import type { ProcessIdentity } from '../../base/processIdentity.ts'
import type { JobKind } from '../catalog.ts'
import type { JobEvent } from '../recording/events.ts'
import type { RowKind } from '../recording/rows.ts'
import type { WaitingRun } from '../training/prepared.ts'

/** Where jobs run: in processes of this machine, or on a cluster. */
export interface JobRunner {
  start(start: JobStart): RunningJob
}

/** What a process does: the work on a job, a training's preparation, or the training that was prepared. */
export type Assignment =
  | { readonly part: 'work'; readonly kind: JobKind; readonly order: unknown }
  | { readonly part: 'preparation'; readonly kind: JobKind; readonly input: unknown }
  | ({ readonly part: 'training' } & WaitingRun)

export type Part = Assignment['part']

export interface JobStart {
  readonly assignment: Assignment
  /** The home folder. */
  readonly home: string
  /** Records the event before it returns. */
  readonly onEvent: (event: JobEvent) => void
  /** Adds a row to the registry. @returns what recordRow returns @throws StudioError, which the process gets */
  readonly onRow: (kind: RowKind, row: unknown) => unknown
  /** A process that trains says who it is, and waits until this has returned. What this throws ends the process. */
  readonly onReady?: (process: ProcessIdentity) => void
}

export interface RunningJob {
  /** The process id, where it is a process of this machine. */
  readonly pid: number | undefined
  send(command: JobCommand): void
  kill(): void
  /** When nothing of it runs any more. */
  readonly ended: Promise<JobOutcome>
}

export type JobCommand = 'stop' | 'pause' | 'resume' | 'skip'

export type JobOutcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorFact; readonly stopped: boolean }
  /** It ended without a word. */
  | { readonly kind: 'died'; readonly error: ErrorFact }
