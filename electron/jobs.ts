import { setTimeout as delay } from 'node:timers/promises'
import { ask, events } from './client.ts'
import type { StudioServer } from './server.ts'

/** What matters here of a job, as the server's API has it. */
export interface Job {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly state: string
  readonly run: string | null
  readonly progress: { readonly fraction: number | null } | null
  readonly error: { readonly message: string } | null
}

const working = new Set(['running', 'pausing', 'stopping'])
const over = new Set(['completed', 'stopped', 'canceled', 'interrupted', 'failed'])

const isTraining = ({ kind, state }: Job): boolean =>
  (kind === 'train' || kind === 'resume') && (working.has(state) || state === 'paused')

/** What the system should show and do about the jobs. */
export interface Activity {
  /** Something computes: the machine must not fall asleep. */
  readonly busy: boolean
  /** Runs would be stopped if the application ended now. */
  readonly training: readonly Job[]
  /** 0–1 of what works, null where that isn't known, or nothing works. */
  readonly fraction: number | null
}

export function activityOf(jobs: Iterable<Job>): Activity {
  const all = [...jobs]
  const active = all.filter(({ state }) => working.has(state))
  const known = active.flatMap(({ progress }) => progress?.fraction ?? [])
  const mean = known.reduce((sum, fraction) => sum + fraction, 0) / known.length
  return {
    busy: active.length > 0,
    training: all.filter(isTraining),
    fraction: known.length > 0 ? mean : null,
  }
}

interface Follow {
  readonly server: StudioServer
  readonly onActivity: (activity: Activity) => void
  /** A job that worked has ended. */
  readonly onEnd: (job: Job) => void
  /** The settings may be others than before. */
  readonly onSettings: () => void
  /** Milliseconds before the next try, when the server could not be reached. */
  readonly pause?: number
}

export interface Following {
  activity(): Activity
  stop(): void
}

const nothing = activityOf([])

/** Follows the server's jobs and settings, through its restarts. */
export function followJobs({ server, onActivity, onEnd, onSettings, pause = 1000 }: Follow): Following {
  const stopping = new AbortController()
  const { signal } = stopping
  const jobs = new Map<string, Job>()
  let activity = nothing

  function show(now: Activity): void {
    activity = now
    onActivity(now)
  }

  function learn(job: Job): void {
    const before = jobs.get(job.id)
    jobs.set(job.id, job)
    if (before && !over.has(before.state) && over.has(job.state)) onEnd(job)
  }

  async function followOnce(): Promise<void> {
    for await (const message of events(server, signal)) {
      const event = message as { readonly type: string; readonly job?: Job }
      if (event.type === 'hello' || event.type === 'settings') onSettings()
      if (event.type === 'hello') {
        const listed = await ask<{ readonly jobs: readonly Job[] }>(server, 'GET', '/api/jobs')
        jobs.clear()
        listed.jobs.forEach(learn)
      } else if (event.type === 'job' && event.job) learn(event.job)
      else continue
      show(activityOf(jobs.values()))
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await followOnce().catch(() => undefined)
      if (signal.aborted) return
      server.missed()
      show(nothing)
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  void follow()
  return { activity: () => activity, stop: () => stopping.abort() }
}
