import { expect, test } from 'vitest'
import type { Halving } from '../../core/jobs/plan/sweepNext.ts'
import { openExpected } from '../../core/server/queue/expected.ts'
import type { Planning } from '../../core/server/planning/types.ts'
import type { Progress, QueuedJob } from '../../core/server/queue/types.ts'
import type { Id } from '../../core/registry/types.ts'
import { manifestOf, newRegistry, options } from '../registry/sample.ts'

const recipe = { network: { config: 'A' }, optimization: { epochs: 10 } }

/** Ten seconds to start, then ten for each epoch of ten: a run takes 110. */
const usual = { start: 10, epoch: 10, total: 110 }

function newStudio(seconds: typeof usual | null = usual) {
  const registry = newRegistry()
  const { id: dataset } = registry.datasets.add(manifestOf('/data/pets'), options)
  const planning = { check: () => Promise.resolve({ cost: { seconds } }) } as unknown as Planning
  return {
    ...openExpected({ registry, planning: () => Promise.resolve(planning) }),
    registry,
    waiting: (kind: string) => ({ kind, dataset }) as unknown as QueuedJob,
    newPlan(halving: Halving | null, runs: number): Id {
      const steps = Array.from({ length: runs }, () => ({ recipe, source: null }))
      return registry.plans.create({ suggestion: 'sweep', kind: 'sweep', dataset, steps, halving }).id
    },
    /** A run that has done so many epochs. */
    newRun(epochs: number, plan?: { readonly plan: Id; readonly step: number }): Id {
      const { id } = registry.runs.create({ suggestion: 'run', dataset, recipe, plan })
      for (let epoch = 1; epoch <= epochs; epoch++) registry.epochs.put(id, { epoch })
      return id
    },
  }
}

const progress = (fraction: number | null, secondsLeft: number | null): Progress => ({
  ...{ phase: 'training', done: 1, total: 2, fraction, secondsLeft, epoch: 1, epochs: 10 },
})

test('a plan’s progress is that of all its runs: what is done, what one is at, and those that have not begun', async () => {
  const { ofPlan, secondsOf, newPlan, newRun, registry, waiting } = newStudio()
  const plan = newPlan(null, 4)
  const first = newRun(5, { plan, step: 0 })
  const whole = await ofPlan(plan)
  expect(whole(progress(null, null), null)).toMatchObject({ fraction: 60 / 440, secondsLeft: null })
  expect(whole(progress(0.5, 70), first)).toMatchObject({ fraction: 0.125, secondsLeft: 70 + 330, epoch: 1 })
  registry.runs.end(first, 'completed')
  const second = newRun(0, { plan, step: 1 })
  expect((await ofPlan(plan))(progress(0.5, 40), second)).toMatchObject({
    fraction: 165 / 440,
    secondsLeft: 40 + 220,
  })
  expect(await secondsOf(waiting('plan'), { plan })).toBe(330)
})

test('with halving most runs rest early, and a run’s own end is not that of the plan', async () => {
  const { ofPlan, newPlan, newRun } = newStudio()
  const plan = newPlan({ factor: 2, first: 5 }, 4)
  // Four runs of five epochs, then two that go on for five more.
  const total = 4 * 60 + 2 * 60
  const first = newRun(0, { plan, step: 0 })
  const now = (await ofPlan(plan))(progress(0.25, 80), first)
  expect(now).toMatchObject({ fraction: 27.5 / total, secondsLeft: total - 27.5 })
})

test('what waits is told by its kind: a training whole, one that is resumed by the epochs that are left', async () => {
  const { secondsOf, newRun, waiting } = newStudio()
  expect(await secondsOf(waiting('train'), { recipe })).toBe(110)
  const run = newRun(1)
  expect(await secondsOf(waiting('resume'), { run })).toBe(100)
  expect(await secondsOf(waiting('evaluate'), { run })).toBeNull()
})

test('where nothing is known of this machine yet, neither is anything of a plan', async () => {
  const { ofPlan, newPlan, newRun } = newStudio(null)
  const plan = newPlan(null, 2)
  const now = (await ofPlan(plan))(progress(0.5, 70), newRun(1, { plan, step: 0 }))
  expect(now).toMatchObject({ fraction: null, secondsLeft: null })
})
