import { StudioError } from '../../base/errors.ts'
import { trains, type JobInputs, type JobKind } from '../../jobs/catalog.ts'
import type { JobEvent } from '../../jobs/recording/events.ts'
import type { JobOutcome, RunningJob } from '../../jobs/process/runner.ts'
import { openHub, type Hub } from '../events/hub.ts'
import type { QueueFile } from './store.ts'
import { endStates, type QueuedJob } from './types.ts'

/** A job in the queue, with what only the queue needs of it. */
export interface Entry {
  job: QueuedJob
  readonly input: JobInputs[JobKind]
  process?: RunningJob
  outcome?: JobOutcome
  /** A paused job that resumes once its lane is free. */
  wanted?: boolean
  /** A server that was killed left it: it is kept until somebody dismisses it or does it again. */
  readonly left?: boolean
  readonly said: Hub<JobEvent>
}

/** Number of events kept of each job, for a command line that follows it. */
const keptEvents = 2000

export const hasEnded = ({ state }: QueuedJob): boolean => (endStates as readonly string[]).includes(state)
/** A paused one keeps its memory, but computes nothing. */
export const occupiesLane = ({ job: { state } }: Entry): boolean =>
  state === 'running' || state === 'pausing' || state === 'stopping'

export const newEntry = (job: QueuedJob, input: JobInputs[JobKind]): Entry => ({
  job,
  input,
  said: openHub(keptEvents),
})

/** A job that waited when the last server ended. */
export function queued({ input, ...job }: QueueFile['waiting'][number]): Entry {
  const nothing = { progress: null, error: null, result: null, started: null, ended: null }
  return newEntry({ ...job, ...nothing, state: 'queued' }, input as JobInputs[JobKind])
}

/** A job that was at work when the last server was killed. */
export function interrupted({ input, ...job }: QueueFile['unfinished'][number]): Entry {
  const error = new StudioError('studio-killed', { resumes: trains(job.kind) && job.run !== null }).fact
  const ended = { progress: null, error, result: null, ended: new Date().toISOString() }
  const entry = newEntry({ ...job, ...ended, state: 'interrupted', held: false }, input as JobInputs[JobKind])
  entry.said.close()
  return { ...entry, outcome: { kind: 'died', error }, left: true }
}
