import type { EpochCurves } from '../../core/server/api/types.ts'
import type { Progress } from '../../core/training/events.ts'
import { api, ask } from '../api.ts'
import { noSteps, withStep, type Steps } from '../logic/curves.ts'
import { listen } from './events.svelte.ts'

/** A run's curves: what the server has kept, and from then on each update as it happens. */
export function runCurves(run: string) {
  let steps = $state.raw<Steps>(noSteps)
  let epochs = $state.raw<EpochCurves>({ total: 0, epochs: [], best: null })
  let progress = $state.raw<Progress>()
  let loaded = $state.raw(false)

  async function load(): Promise<void> {
    const [kept, records] = await Promise.all([
      ask(api.runs[':run'].steps.$get({ param: { run }, query: { points: '3000' } })),
      ask(api.runs[':run'].epochs.$get({ param: { run }, query: { points: '2000' } })),
    ])
    steps = kept
    epochs = records
    loaded = true
  }
  const loadEpochs = async (): Promise<void> => {
    epochs = await ask(api.runs[':run'].epochs.$get({ param: { run }, query: { points: '2000' } }))
  }

  const quietly = (work: Promise<void>): void => void work.catch(() => (loaded = true))
  quietly(load())
  $effect(() =>
    listen((message) => {
      if (message.type === 'reset') quietly(load())
      if (message.type === 'run' && message.run === run) quietly(loadEpochs())
      if (message.type !== 'training' || message.run !== run) return
      const { event } = message
      if (event.event === 'step') steps = withStep(steps, event)
      if (event.event === 'step' || event.event === 'progress') progress = event
      if (event.event === 'epoch') quietly(loadEpochs())
    }),
  )

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
