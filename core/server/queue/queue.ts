import { errorOf, StudioError } from '../../base/errors.ts'
import type { JobEvent } from '../../jobs/recording/events.ts'
import { entryOf, trains, type JobInputs, type JobKind } from '../../jobs/catalog.ts'
import type { Home } from '../../jobs/context/home.ts'
import { openRecorder } from '../../jobs/recording/recorder.ts'
import type { JobOutcome, JobRunner } from '../../jobs/process/runner.ts'
import { startJob } from '../../jobs/process/startJob.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { Hub } from '../events/hub.ts'
import { interrupted, hasEnded, newEntry, occupiesLane, queued, type Entry } from './entry.ts'
import { unknownWhole, type Expected, type WholeProgress } from './expected.ts'
import { relay } from './relay.ts'
import { settleJob } from './settleJob.ts'
import type { QueueStore } from './store.ts'
import type { QueuedJob } from './types.ts'

/** Jobs in the order in which they run, one at a time in each lane. */
export interface Queue {
  /** @throws StudioError of the entry's check; `not-found` where it names a run or data set that isn't there; `closing` */
  add<Kind extends JobKind>(kind: Kind, input: JobInputs[Kind]): Promise<QueuedJob>
  /** The waiting ones in their order, then the running ones, then those that ended, the latest first. */
  list(): readonly QueuedJob[]
  /** @throws StudioError `not-found` */
  get(id: string): QueuedJob
  /** What it was asked to do. @throws StudioError `not-found` */
  input(id: string): unknown
  /** @throws StudioError `not-done`, or what the job failed with */
  result(id: string): unknown
  /** What the job has said and says, from its start (of a long one: the latest), until it ends. */
  said(id: string, signal: AbortSignal): AsyncGenerator<JobEvent, void>
  /**
   * Training saves and waits; its lane is free meanwhile. What has not started yet is held.
   * @throws StudioError `not-running`
   */
  pause(id: string): QueuedJob
  /** Resumes a paused job, or lets a held one start, as soon as its lane is free. @throws StudioError `not-paused` */
  resume(id: string): QueuedJob
  /** Ends the trials before a training. @throws StudioError `not-running` where none is going on */
  skip(id: string): QueuedJob
  /** Training saves and stops, others are canceled. @throws StudioError `not-running` where it has ended */
  cancel(id: string): QueuedJob
  /**
   * The same once more, as a new job in place of one that did not come to its end; of a training that has a run:
   * resuming it. @throws StudioError `not-done` where it has not ended, `completed` where there is nothing to do
   */
  again(id: string): Promise<QueuedJob>
  /** Waiting jobs in this order; those not named follow in their own. */
  reorder(order: readonly string[]): readonly string[]
  /** @throws StudioError `not-done` */
  dismiss(id: string): void
  /** Stops what runs (training saves), keeps what waits for the next start, and ends. */
  close(): Promise<void>
}

export interface QueueOptions {
  readonly home: Home
  readonly registry: Registry
  readonly hub: Hub
  readonly store: QueueStore
  readonly runner: JobRunner
  /** Id of the device that `auto` stands for. */
  readonly preferredDevice: () => string
  /** What plans take; default: it is not known. */
  readonly expected?: Pick<Expected, 'ofPlan'>
  /** Is told of each job that has ended. */
  readonly onEnd?: (job: QueuedJob) => void
  /** Milliseconds that jobs have to save at close before they are killed. */
  readonly patience?: number
}

const keptEnded = 50

export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { home, registry, hub, store, runner, preferredDevice, patience = 60_000 } = options
  const entries = new Map<string, Entry>()
  const stored = await store.load()
  let next = stored.next
  let waiting: readonly string[] = []
  let closing = false

  function change(entry: Entry, changes: Partial<QueuedJob>): QueuedJob {
    entry.job = { ...entry.job, ...changes }
    hub.publish({ type: 'job', job: entry.job })
    // Progress alone is not worth a file.
    if (Object.keys(changes).some((key) => key !== 'progress')) save()
    return entry.job
  }

  function save(): void {
    const stored = ({ job, input }: Entry) => ({ ...job, input })
    const all = [...entries.values()]
    store.save({
      version: 1,
      next,
      waiting: waiting.map((id) => stored(entries.get(id)!)),
      unfinished: all
        .filter(({ job, left }) => left || (job.state !== 'queued' && !hasEnded(job)))
        .map(stored),
    })
  }

  function setWaiting(order: readonly string[]): void {
    waiting = order
    hub.publish({ type: 'queue', order })
    save()
  }

  async function add(kind: JobKind, input: JobInputs[JobKind]): Promise<QueuedJob> {
    const { check, describe } = entryOf(kind)
    await check?.(input)
    const description = describe(input, { registry, preferredDevice })
    if (closing) throw new StudioError('closing', {})
    const job: QueuedJob = {
      id: `j${next++}`,
      kind,
      plan: null,
      ...description,
      state: 'queued',
      held: false,
      progress: null,
      error: null,
      result: null,
      created: new Date().toISOString(),
      started: null,
      ended: null,
    }
    const entry = newEntry(job, input)
    entries.set(job.id, entry)
    hub.publish({ type: 'job', job })
    setWaiting([...waiting, job.id])
    schedule()
    // A caller that was told that a job waits can rely on it, even if the server is killed the moment after.
    await store.saved()
    return entry.job
  }

  /** Starts what can start: paused jobs that were asked to resume, then the first that wait for each free lane. */
  function schedule(): void {
    if (closing) return
    const busy = new Set([...entries.values()].filter(occupiesLane).map(({ job }) => job.lane))
    for (const entry of entries.values()) {
      if (entry.job.state !== 'paused' || !entry.wanted || busy.has(entry.job.lane)) continue
      busy.add(entry.job.lane)
      entry.wanted = false
      entry.process?.send('resume')
      change(entry, { state: 'running' })
    }
    for (const id of waiting) {
      const entry = entries.get(id)!
      if (entry.job.held || busy.has(entry.job.lane)) continue
      busy.add(entry.job.lane)
      start(entry)
    }
  }

  function start(entry: Entry): void {
    const { id, kind } = entry.job
    setWaiting(waiting.filter((other) => other !== id))
    const plan = entry.job.plan === null ? null : wholePlan(entry.job.plan)
    const publish = relay({
      ...{ hub, job: () => entry.job, change: (changes) => change(entry, changes) },
      ...(plan && { whole: plan.whole }),
    })
    const onEvent = openRecorder({ home, registry }, (event) => {
      publish(event)
      // What a run took tells what the next will take.
      if (event.event === 'run') plan?.estimate()
      entry.said.publish(event)
      if (event.event === 'paused') schedule()
    })
    entry.process = startJob(runner, { kind, input: entry.input, context: { home, registry }, onEvent })
    change(entry, { state: 'running', started: new Date().toISOString() })
    void entry.process.ended.then((outcome) => finish(entry, outcome))
  }

  /** What is known of a plan's progress as a whole, as soon as it is. */
  function wholePlan(id: Id) {
    let whole = unknownWhole
    function estimate(): void {
      options.expected?.ofPlan(id).then(
        (known) => (whole = known),
        () => undefined,
      )
    }
    estimate()
    const now: WholeProgress = (progress, run) => whole(progress, run)
    return { estimate, whole: now }
  }

  function finish(entry: Entry, outcome: JobOutcome): void {
    entry.outcome = outcome
    delete entry.process
    change(entry, { ...settleJob({ registry, hub }, entry.job, outcome), ended: new Date().toISOString() })
    const ended = [...entries.values()].filter(({ job }) => hasEnded(job))
    for (const { job } of ended.slice(0, Math.max(0, ended.length - keptEnded))) remove(job.id)
    entry.said.close()
    options.onEnd?.(entry.job)
    schedule()
  }

  function remove(id: string): void {
    const kept = entries.get(id)?.left === true
    entries.delete(id)
    hub.publish({ type: 'job-removed', job: id })
    if (kept) save()
  }

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry) return entry
    throw new StudioError('not-found', { what: 'job', id })
  }

  /** Holds or releases a waiting job: it keeps its place, and others pass it while it is held. */
  function hold(entry: Entry, held: boolean): QueuedJob {
    change(entry, { held })
    setWaiting(waiting)
    if (!held) schedule()
    return entry.job
  }

  function cancel(id: string): QueuedJob {
    const entry = find(id)
    if (hasEnded(entry.job)) throw notRunning(entry.job)
    if (entry.job.state === 'queued') {
      setWaiting(waiting.filter((other) => other !== id))
      entry.said.close()
      return change(entry, { state: 'canceled', held: false, ended: new Date().toISOString() })
    }
    entry.process?.send('stop')
    return change(entry, { state: 'stopping' })
  }

  for (const entry of [...stored.unfinished.map(interrupted), ...stored.waiting.map(queued)]) {
    entries.set(entry.job.id, entry)
  }
  waiting = stored.waiting.map(({ id }) => id)
  schedule()

  return {
    add,
    list() {
      const jobs = [...entries.values()].map(({ job }) => job)
      const running = jobs.filter((job) => job.state !== 'queued' && !hasEnded(job))
      return [...waiting.map((id) => entries.get(id)!.job), ...running, ...jobs.filter(hasEnded).reverse()]
    },
    get: (id) => find(id).job,
    input: (id) => find(id).input,
    result(id) {
      const { job, outcome } = find(id)
      if (outcome?.kind === 'result') return outcome.result
      if (outcome) throw errorOf(outcome.error)
      if (job.state === 'canceled') throw new StudioError('canceled', {})
      throw new StudioError('not-done', { what: 'not-done', id })
    },
    async *said(id, signal) {
      const { said } = find(id)
      const reader = said.reader(`${said.server}-0`)
      for (;;) {
        const { events } = await reader.next(signal)
        if (signal.aborted) return
        yield* events.map(({ event }) => event)
        if (said.closed && events.length === 0) return
      }
    },
    pause(id) {
      const entry = find(id)
      const { state, kind } = entry.job
      if (state === 'queued') return hold(entry, true)
      if (entry.wanted) {
        entry.wanted = false
        return entry.job
      }
      if (state !== 'running' || !trains(kind)) throw notRunning(entry.job)
      entry.process?.send('pause')
      return change(entry, { state: 'pausing' })
    },
    resume(id) {
      const entry = find(id)
      if (entry.job.held) return hold(entry, false)
      if (entry.job.state === 'pausing') {
        entry.process?.send('resume')
        return change(entry, { state: 'running' })
      }
      if (entry.job.state !== 'paused') {
        throw new StudioError('not-paused', { title: entry.job.title })
      }
      entry.wanted = true
      schedule()
      return entry.job
    },
    skip(id) {
      const { job, process } = find(id)
      if (job.progress?.phase !== 'calibrate') throw notRunning(job)
      process?.send('skip')
      return job
    },
    cancel,
    async again(id) {
      const { job, input } = find(id)
      if (!hasEnded(job)) throw new StudioError('not-done', { what: 'not-ended', id })
      if (job.state === 'completed') throw new StudioError('completed', { title: job.title })
      const added = await (job.kind === 'train' && job.run !== null
        ? add('resume', { run: job.run })
        : add(job.kind, input))
      if (entries.has(id)) remove(id)
      return added
    },
    reorder(order) {
      const named = order.filter((id) => waiting.includes(id))
      setWaiting([...new Set([...named, ...waiting])])
      return waiting
    },
    dismiss(id) {
      if (!hasEnded(find(id).job)) throw new StudioError('not-done', { what: 'not-ended', id })
      remove(id)
    },
    async close() {
      closing = true
      const running = [...entries.values()].flatMap(({ process }) => (process ? [process] : []))
      for (const process of running) process.send('stop')
      const timer = setTimeout(() => running.forEach((process) => process.kill()), patience)
      await Promise.all(running.map(({ ended }) => ended))
      clearTimeout(timer)
      await store.saved()
    },
  }
}

function notRunning({ title, state }: QueuedJob): StudioError {
  return new StudioError('not-running', { what: 'job', title, state })
}
