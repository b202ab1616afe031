import type { JobEvent, LiveTrainingEvent } from '../../jobs/recording/events.ts'
import type { Id } from '../../registry/types.ts'
import type { Hub } from '../events/hub.ts'
import type { WholeProgress } from './expected.ts'
import { progressOf } from './progress.ts'
import type { QueuedJob } from './types.ts'

interface RelayOptions {
  readonly hub: Hub
  readonly job: () => QueuedJob
  readonly change: (changes: Partial<QueuedJob>) => void
  /** Makes what a plan's run says of its progress that of the plan; default: it stays. */
  readonly whole?: WholeProgress
  /** Least milliseconds between two changes of a job's progress. */
  readonly interval?: number
}

/** Tells windows what a job says, and keeps its state and progress. */
export function relay({
  hub,
  job,
  change,
  whole = (progress) => progress,
  interval = 400,
}: RelayOptions): (event: JobEvent) => void {
  let shown = -Infinity
  return (event) => {
    const progress = progressOf(event)
    const isAnother = progress?.phase !== job().progress?.phase
    if (progress && (isAnother || performance.now() - shown >= interval)) {
      shown = performance.now()
      change({ progress: whole(progress, job().run) })
    }
    switch (event.event) {
      case 'run':
        change({ run: event.run, dataset: event.dataset })
        hub.publish({ type: 'run', run: event.run, change: job().kind === 'train' ? 'created' : 'updated' })
        return
      case 'imported':
        change({ dataset: event.dataset })
        hub.publish({ type: 'dataset', dataset: event.dataset, change: 'created' })
        return
      case 'notice': {
        if (event.terminalOnly) return
        const { code, values } = event
        hub.publish({ type: 'notice', notice: { code, values } })
        return
      }
    }
    if (!('run' in event)) return
    // The recorder passes no ends on.
    const { run, ...training } = event as LiveTrainingEvent & { readonly run: Id }
    if (training.event === 'paused' && job().state === 'pausing') change({ state: 'paused' })
    hub.publish({ type: 'training', run, event: training })
    // Where the studio was to choose, the lane was a guess.
    if (training.event === 'started' && job().lane !== training.device) change({ lane: training.device })
    if (['chosen', 'started', 'epoch', 'checkpoint'].includes(training.event)) {
      hub.publish({ type: 'run', run, change: 'updated' })
    }
  }
}
