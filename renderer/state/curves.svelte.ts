import type { EpochCurves } from '../../core/server/api/types.ts'
import type { Progress } from '../../core/training/events.ts'
import { api, ask } from '../api.ts'
import { noSteps, withStep, withTail, type Steps } from '../logic/curves.ts'
import { listen } from './events.svelte.ts'
import { latest } from './latest.ts'

/** Milliseconds in which what a run says leads to one request together. */
const pause = 500

/** A run's curves: what the server has kept, and from then on each update as it happens. */
export function runCurves(run: string) {
  let steps = $state.raw<Steps>(noSteps)
  let epochs = $state.raw<EpochCurves>({ total: 0, epochs: [], best: null })
  let progress = $state.raw<Progress>()
  let loaded = $state.raw(false)

  const refresh = latest(
    () =>
      Promise.all([
        ask(api.runs[':run'].steps.$get({ param: { run }, query: { points: '3000' } })),
        ask(api.runs[':run'].epochs.$get({ param: { run }, query: { points: '2000' } })),
      ]),
    ([kept, records]) => {
      steps = withTail(kept, steps)
      epochs = records
      loaded = true
    },
    () => (loaded = true),
    pause,
  )
  refresh.now()
  $effect(() => {
    const unlisten = listen((message) => {
      if (message.type === 'reset') refresh.now()
      if (message.type === 'run' && message.run === run) refresh.soon()
      if (message.type !== 'training' || message.run !== run) return
      const { event } = message
      if (event.event === 'step') steps = withStep(steps, event)
      if (event.event === 'step' || event.event === 'progress') progress = event
      if (event.event === 'epoch') refresh.soon()
    })
    return () => {
      unlisten()
      refresh.stop()
    }
  })

  return {
    get steps() {
      return steps
    },
    get epochs() {
      return epochs
    },
    /** The latest; undefined until the run says something while this window watches. */
    get progress() {
      return progress
    },
    get loaded() {
      return loaded
    },
  }
}

export type RunCurves = ReturnType<typeof runCurves>
