import { factOf, StudioError } from '../../base/errors.ts'
import type { Finished } from '../entry/jobEntry.ts'
import { jobInput, orderHere, trainingEntryOf, type JobKind } from '../catalog.ts'
import type { HomeContext } from '../context/home.ts'
import type { JobEvent } from '../recording/events.ts'
import { holdLease, type HeldLease } from '../recording/lease.ts'
import { recordRow } from '../recording/rows.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { WaitingRun } from '../training/prepared.ts'
import type { TrainResult } from '../training/runTraining.ts'
import type { JobCommand, JobOutcome, JobRunner, JobStart, RunningJob } from './runner.ts'

export interface JobOptions {
  readonly kind: JobKind
  readonly input: unknown
  /** Where what has to stay of the job is recorded, by this process. */
  readonly context: HomeContext
  /** Records the event before it returns. */
  readonly onEvent: (event: JobEvent) => void
}

/**
 * Starts a job. This process reads what it needs of the registry, and records what it adds; the process that works on it
 * has no registry. A training is two processes, one after the other: the first finds, checks and makes what it needs,
 * with the registry; the second trains, without it. This process records how that one ends, and holds the lease for it.
 */
export function startJob(runner: JobRunner, options: JobOptions): RunningJob {
  const onRow: JobStart['onRow'] = (kind, row) => recordRow(options.context, kind, row)
  return trainingEntryOf(options.kind)
    ? startTraining(runner, options, onRow)
    : startWork(runner, options, onRow)
}

function startWork(
  runner: JobRunner,
  { kind, input, context, onEvent }: JobOptions,
  onRow: JobStart['onRow'],
): RunningJob {
  const { home } = context
  const asked: JobCommand[] = []
  let current: RunningJob | undefined
  let isKilled = false

  async function work(): Promise<JobOutcome> {
    const order = await orderHere(kind, context, jobInput(kind, input))
    if (isKilled) return canceled()
    current = runner.start({ home: home.folder, assignment: { part: 'work', kind, order }, onEvent, onRow })
    for (const command of asked) current.send(command)
    return current.ended
  }

  return {
    get pid() {
      return current?.pid
    },
    send(command) {
      if (current) current.send(command)
      else asked.push(command)
    },
    kill() {
      isKilled = true
      current?.kill()
    },
    ended: work().catch(failed),
  }
}

function startTraining(
  runner: JobRunner,
  { kind, input, context, onEvent }: JobOptions,
  onRow: JobStart['onRow'],
): RunningJob {
  const { home, registry } = context
  const start = { home: home.folder, onEvent, onRow }
  let asked: 'stop' | 'pause' | undefined
  const prepare = (): RunningJob =>
    runner.start({ ...start, assignment: { part: 'preparation', kind, input } })
  let current = prepare()

  async function work(): Promise<JobOutcome> {
    for (;;) {
      const prepared = await current.ended
      if (prepared.kind !== 'result') return prepared
      const next = prepared.result as WaitingRun | Finished<unknown>
      if ('finished' in next) return { kind: 'result', result: next.finished }
      const outcome = await train(next)
      if (trainingEntryOf(kind)!.hasFurtherTrainings !== true || outcome.kind === 'died') return outcome
      if (outcome.kind === 'failed' && (outcome.stopped || next.mayFail !== true)) return outcome
      if (asked === 'stop') return canceled()
      current = prepare()
    }
  }

  async function train(waiting: WaitingRun): Promise<JobOutcome> {
    const { run } = waiting
    let lease: HeldLease | undefined
    let refused: JobOutcome | undefined
    current = runner.start({
      ...start,
      assignment: { part: 'training', ...waiting },
      onReady(process) {
        try {
          lease = holdLease(registry, run, { process })
        } catch (error) {
          refused = { kind: 'failed', error: factOf(error), stopped: false }
          throw error
        }
        // What it would save is another process's by then.
        lease.lost.addEventListener('abort', () => current.kill())
      },
    })
    if (asked) current.send(asked)
    const outcome = await current.ended
    lease?.close()
    if (refused) return refused
    if (lease?.lost.aborted) return { kind: 'failed', error: factOf(lease.lost.reason), stopped: false }
    recordEnd(registry, run, outcome)
    return outcome
  }

  return {
    get pid() {
      return current.pid
    },
    send(command) {
      if (asked !== 'stop' && command !== 'skip') asked = command === 'resume' ? undefined : command
      current.send(command)
    },
    kill: () => current.kill(),
    ended: work().catch(failed),
  }
}

const canceled = (): JobOutcome => ({
  kind: 'failed',
  error: new StudioError('canceled', {}).fact,
  stopped: true,
})

const failed = (error: unknown): JobOutcome => ({ kind: 'failed', error: factOf(error), stopped: false })

/** Records how the process of a training ended. */
function recordEnd({ runs }: Pick<Registry, 'runs'>, run: Id, outcome: JobOutcome): void {
  if (outcome.kind === 'result') runs.end(run, (outcome.result as TrainResult).status)
  else if (outcome.kind === 'died') runs.end(run, 'interrupted', outcome.error)
  else if (outcome.stopped) runs.end(run, 'stopped')
  else runs.end(run, 'failed', outcome.error)
}
